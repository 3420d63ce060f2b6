// node streams.mjs HTTP_URL: the protocol graphql-sse by its own client in both modes; one line per check, then `N of M ok`
import { createClient } from 'graphql-sse';

const url = process.argv[2];

const all = (client, query, variables) => new Promise((resolve) => {
  const results = [];
  client.subscribe({ query, variables }, { next: (r) => results.push(r), error: (e) => resolve(e), complete: () => resolve(results) });
});
const greetings = '[{"data":{"greet":"hello 1"}},{"data":{"greet":"hello 2"}},{"data":{"greet":"hello 3"}}]';

const checks = {};
for (const singleConnection of [false, true]) {
  const mode = singleConnection ? 'on a single connection' : 'on a connection of its own';
  const client = createClient({ url, singleConnection, retryAttempts: 0 });
  checks[`a query gives one result ${mode}`] = async () => JSON.stringify(await all(client, '{ hello }')) === '[{"data":{"hello":"world"}}]';
  checks[`a subscription gives one result per event ${mode}`] = async () =>
    JSON.stringify(await all(client, 'subscription($n: Int!) { greet(n: $n) }', { n: 3 })) === greetings;
  checks[`an invalid document gives its errors ${mode}`] = async () => (await all(client, '{'))[0].errors.length === 1;
  checks[`many at once ${mode}`] = async () => {
    const results = await Promise.all(Array.from({ length: 5 }, () => all(client, 'subscription { greet(n: 3) }')));
    return results.every((r) => JSON.stringify(r) === greetings);
  };
  checks[`a subscription can be stopped ${mode}`] = async () => {
    let seen = 0;
    await new Promise((resolve) => {
      const stop = client.subscribe({ query: 'subscription { endless }' }, {
        next: () => { if (++seen === 2) { stop(); resolve(); } },
        error: resolve,
        complete: resolve,
      });
    });
    return seen === 2;
  };
}
const stream = async (init) => await (await fetch(url, { ...init, headers: { accept: 'text/event-stream', 'content-type': 'application/json' } })).text();
checks['a stream ends with the event complete'] = async () =>
  (await stream({ method: 'POST', body: JSON.stringify({ query: '{ hello }' }) })) === ':\n\nevent: next\ndata: {"data":{"hello":"world"}}\n\nevent: complete\ndata: \n\n';
checks['a token that was not given out finds no stream'] = async () =>
  (await fetch(url, { method: 'POST', headers: { 'X-GraphQL-Event-Stream-Token': 'guess', 'content-type': 'application/json' }, body: '{"query":"{hello}"}' })).status === 404;

let ok = 0;
for (const [name, check] of Object.entries(checks)) {
  const passed = await check();
  if (passed) ok++;
  console.log(`${passed ? 'ok' : 'FAILED'} ${name}`);
}
console.log(`${ok} of ${Object.keys(checks).length} ok`);
process.exit(0);
