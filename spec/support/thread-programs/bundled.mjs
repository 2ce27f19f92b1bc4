import { defaultThreadpool, runInThreadpool } from "skein";

void runInThreadpool(() => 1)
  .catch((error) => console.log(JSON.stringify([error.code, error.message])))
  .then(() => defaultThreadpool().close());
