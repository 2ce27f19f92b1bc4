// What is left when the permission model takes the inspector away. Prints what came back.
import { defaultThreadpool, runInThreadpool } from "skein";

const factor = 10;
const pool = defaultThreadpool();
const refused = await runInThreadpool((n) => n * factor, 4).catch((error) => error);

console.log(
  JSON.stringify({
    plain: await runInThreadpool((a, b) => Math.max(a, b), 1, 2),
    refused: refused.message,
    captures: await pool.run((n) => n * factor, [4], { captures: { factor } }),
  }),
);
