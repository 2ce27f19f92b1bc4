/** Closures over packages as programs write them: what each comes to in a thread, and here. */
import { pool, probe, tally } from "./probe.mjs";
import _, { chunk, groupBy as gb, countBy } from "lodash-es";
import lodash from "lodash";
import * as R from "ramda";
import { map as rmap, inc } from "ramda";
import axios, { isAxiosError } from "axios";
import * as cheerio from "cheerio";
import { z } from "zod";
import zod from "zod";
import Ajv from "ajv";
import dayjs from "dayjs";
import esc from "escape-string-regexp";
import * as math from "mathjs";
import { evaluate } from "mathjs";
import { format, addDays } from "date-fns";
import { nanoid, customAlphabet } from "nanoid";
import { v5, validate } from "uuid";
import semver from "semver";
import YAML, { parse as yparse } from "yaml";
import { marked, Marked } from "marked";
import * as acorn from "acorn";
import * as v from "valibot";
import { of, map as xmap, firstValueFrom } from "rxjs";
import { List, Map as IMap } from "immutable";
import mime from "mime-types";
import pc from "picocolors";
import validator from "validator";
import slugify from "slugify";
import { parse as csv } from "csv-parse/sync";
import Papa from "papaparse";
import Handlebars from "handlebars";
import ejs from "ejs";
import * as pako from "pako";
import { XMLParser } from "fast-xml-parser";
import bcrypt from "bcryptjs";
import iconv from "iconv-lite";
import qs from "qs";
import he from "he";
import * as jsyaml from "js-yaml";
import Color from "color";
import tiny from "tinycolor2";
import moment from "moment";
import { DateTime } from "luxon";
import underscore from "underscore";
import Fuse from "fuse.js";
import ms from "ms";
import chroma from "chroma-js";
import { minify_sync } from "terser";
import sharp from "sharp";
import express from "express";
import { isMainThread, threadId } from "node:worker_threads";
import { gzipSync } from "node:zlib";
import path, { join } from "node:path";
import { createRequire } from "node:module";
const require = createRequire(import.meta.url);
const lodash2 = require("lodash");
const { camelCase } = require("lodash");
import { groupBy as viaOwn, semverGt, own, schema, Temp, registry, twice } from "./own.mjs";
import * as ownNs from "./own.mjs";
const { map: rm2 } = R;
const parse = marked.parse;
const table = { ms, chunk };
const schemaHere = z.object({ a: z.number() });
const P = probe;
await P("lodash-es named", () => chunk([1, 2, 3], 2));
await P("gb", () => gb([1.1, 2.2, 1.9], Math.floor));
await P("countBy", () => countBy(["a", "b", "a"]));
await P("default _", () => _.chunk([1, 2, 3], 2));
await P("_ whole", () => typeof _ + Object.keys(_).length);
await P("lodash", () => lodash.merge({}, { a: { b: 1 } }));
await P("lodash require", () => lodash2.camelCase("a b"));
await P("destructured require", () => camelCase("a b"));
await P("R ns", () => R.map(R.inc, [1, 2]));
await P("R whole", () => Object.keys(R).length);
await P("R named", () => rmap(inc, [1]));
await P("R destructured const", () => rm2(inc, [1]));
await P("axios", () => [typeof axios.get, isAxiosError(new Error("x"))]);
await P("axios call", () => axios.isCancel({}));
await P("cheerio", () => cheerio.load("<p>x</p>")("p").text());
await P("zod", () => z.object({ a: z.number() }).safeParse({ a: "x" }).success);
await P("zod default", () => zod.string().parse("x"));
await P("ajv", () => new Ajv().compile({ type: "number" })(3));
await P("dayjs", () => dayjs("2020-01-02").format("DD"));
await P("esc", () => esc("a.b"));
await P("math ns", () => math.add(1, 2));
await P("evaluate", () => evaluate("2*3"));
await P("date-fns", () => format(addDays(new Date(2020, 1, 1), 3), "yyyy-MM-dd"));
await P("nanoid", () => nanoid().length);
await P("customAlphabet", () => customAlphabet("a", 3)());
await P("uuid", () => [v5("a", v5.URL), validate("x")]);
await P("semver", () => semver.gt("1.2.3", "1.2.0"));
await P("yaml", () => YAML.parse("a: 1").a + yparse("b: 2").b);
await P("marked", () => marked.parse("*a*"));
await P("marked local", () => parse("*a*"));
await P("marked direct", marked.parse, "*a*");
await P("Marked", () => new Marked().parse("*a*"));
await P("acorn", () => acorn.parse("1", { ecmaVersion: 2020 }).type);
await P("valibot", () => v.parse(v.number(), 3));
await P("rxjs", async () => await firstValueFrom(of(1).pipe(xmap((x) => x + 1))));
await P("immutable", () =>
  List([1, 2])
    .map((x) => x * 2)
    .toJS(),
);
await P("IMap", () => IMap({ a: 1 }).get("a"));
await P("mime", () => mime.lookup("a.png"));
await P("pc", () => pc.red("x").includes("x"));
await P("validator", () => validator.isEmail("a@b.co"));
await P("slugify", () => slugify("A b"));
await P("slugify direct", slugify, "A b");
await P("csv", () => csv("a,b\n1,2"));
await P("papa", () => Papa.parse("a,b").data);
await P("hbs", () => Handlebars.compile("{{a}}")({ a: 1 }));
await P("ejs", () => ejs.render("<%= a %>", { a: 1 }));
await P("pako", () => pako.deflate("x").length);
await P("fxp", () => new XMLParser().parse("<a>1</a>"));
await P("bcrypt", () => bcrypt.compareSync("x", bcrypt.hashSync("x", 4)));
await P("iconv", () => iconv.encode("é", "latin1").length);
await P("qs", () => qs.parse("a[b]=1").a.b);
await P("he", () => he.encode("<"));
await P("jsyaml", () => jsyaml.load("a: 1"));
await P("color", () => Color("red").hex());
await P("tiny", () => tiny("red").toHex());
await P("moment", () => moment("2020-01-02").format("DD"));
await P("luxon", () => DateTime.fromISO("2020-01-02").day);
await P("underscore", () => underscore.range(3));
await P("fuse", () => new Fuse(["a"]).search("a").length);
await P("ms", () => ms("2s"));
await P("ms direct", ms, "2s");
await P("chroma", () => chroma("red").hex());
await P("terser", () => minify_sync("let a = 1").code);
await P("sharp", () => Object.keys(sharp).length);
await P("express", () => typeof express.Router);
await P("path", () => [join("a", "b"), path.sep]);
await P("gzip", () => gzipSync("x").length);
const t = await pool.run(() => [isMainThread, threadId > 0], []);
if (t[0] !== false || !t[1]) {
  tally.wrong += 1;
  console.log("WRONG    isMainThread", t);
}
await P("via own reexport", () => viaOwn([1], String));
await P("semverGt reexport", () => semverGt("2.0.0", "1.0.0"));
await P("own fn", () => own(2));
await P("own schema", () => schema.safeParse({ a: 1 }).success);
await P("own class", () => Temp.unit.f());
await P("own registry", () => registry.size());
await P("own ns", () => [
  ownNs.own(1),
  ownNs.schema.safeParse({}).success,
  ownNs.groupBy([1], String),
]);
await P("twice fn of own state", () => twice(3));
await P("schema of the entry", () => schemaHere.safeParse({ a: 1 }).success);
await P("table", () => [table.ms("1s"), table.chunk([1, 2], 1)]);
await P("table whole", () => Object.keys(table).map((k) => typeof table[k]));
await P("in cb", () => [1.5, 2.5].map(Math.floor));
await P("passing", () => ["1s"].map((x) => ms(x)));
await P("chunk direct", chunk, [1, 2, 3], 2);
await P("countBy direct", countBy, ["a"]);
await P("R.add direct", R.add, 1, 2);
await P("lodash.add direct", lodash.add, 1, 2);
await P("math.add direct", math.add, 1, 2);
await P("semver.gt direct", semver.gt, "2.0.0", "1.0.0");
await P("validator direct", validator.isEmail, "a@b.co");
class Sub extends Marked {
  hi() {
    return "hi";
  }
}
await P("class extends package", () => new Sub().hi());
class E2 extends (await import("node:events")).EventEmitter {}
await P("a class that extends what `await` gives", () => new E2().listenerCount("x"));
await P("dynamic", async () => (await import("lodash-es")).chunk([1, 2], 1));
{
  const { chunk: local } = await import("lodash-es");
  await P("function-level import", () => local([1, 2], 1));
}
{
  const chunk = (a) => ["mine", a];
  await P("shadowing own", () => chunk(1));
}
{
  const ms = { a: 1 };
  await P("shadowing data", () => ms.a);
}
console.log(`same ${tally.same}, refused ${tally.refused}, wrong ${tally.wrong}`);
await pool.close();
