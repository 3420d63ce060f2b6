// node schema.mjs FILE: what graphql-js finds wrong with a schema, one line each, or `valid`
import { buildSchema, validateSchema } from 'graphql';
import { readFile } from 'node:fs/promises';

const faults = validateSchema(buildSchema(await readFile(process.argv[2], 'utf8')));
console.log(faults.length === 0 ? 'valid' : faults.join('\n'));
