// node validate.mjs < {"schema", "root", "documents": [{"query", "variables", "operationName"}]}: one line of JSON per document:
// the names of the rules of graphql-js that refuse it, or else the data and the paths of the errors of executing it over the root
import { buildSchema, execute, parse, specifiedRules, validate } from 'graphql';

let input = '';
for await (const chunk of process.stdin) input += chunk;
const { schema: sdl, root, documents } = JSON.parse(input);
const schema = buildSchema(sdl);

for (const { query, variables, operationName } of documents) {
  let document;
  try {
    document = parse(query);
  } catch (fault) {
    console.log(JSON.stringify({ rules: [`Syntax: ${fault.message}`] }));
    continue;
  }
  const rules = specifiedRules
    .filter((rule) => validate(schema, document, [rule], { maxErrors: 1 }).length > 0)
    .map((rule) => rule.name.replace(/Rule$/, ''))
    .sort();
  const answer = { rules };
  const operation = document.definitions.find((d) => d.kind === 'OperationDefinition' && (!operationName || d.name?.value === operationName));
  if (rules.length === 0 && operation?.operation !== 'subscription') {
    const result = await execute({ schema, document, rootValue: root, variableValues: variables, operationName });
    if (result.data !== undefined) answer.data = JSON.stringify(result.data);
    answer.paths = (result.errors ?? []).map((error) => JSON.stringify(error.path ?? null)).sort();
  }
  console.log(JSON.stringify(answer));
}
