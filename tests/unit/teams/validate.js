// Validates documents against Microsoft's schemas of the Teams app. In: {schema: document}; out: {schema: [errors]}.
"use strict";
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const packages = process.argv[2];
const Ajv = require(join(packages, "ajv-draft-04")).default;
const formats = require(join(packages, "ajv-formats")).default;

const found = {};
for (const [name, content] of Object.entries(JSON.parse(readFileSync(0, "utf8")))) {
  const file = join(packages, "@microsoft/app-manifest/build/json-schemas/teams", name);
  const ajv = new Ajv({ allErrors: true, strict: false, unicodeRegExp: false });
  formats(ajv);
  const validate = ajv.compile(JSON.parse(readFileSync(file, "utf8")));
  found[name] = validate(content) ? [] : validate.errors.map((error) => `${error.instancePath}: ${error.message}`);
}
process.stdout.write(JSON.stringify(found));
