// node sockets.mjs WS_URL: the protocol graphql-transport-ws by graphql-ws's client and by hand; one line per check, then `N of M ok`
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const url = process.argv[2];
const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 });

const all = (query, variables) => new Promise((resolve) => {
  const results = [];
  client.subscribe({ query, variables }, { next: (r) => results.push(r), error: (e) => resolve(e), complete: () => resolve(results) });
});

// opens a raw socket, sends, and tells how it ended: the close code and the messages
const raw = (script, protocol = 'graphql-transport-ws') => new Promise((resolve) => {
  const socket = new WebSocket(url, protocol);
  const messages = [];
  socket.on('open', () => script(socket));
  socket.on('message', (data) => {
    const message = JSON.parse(data);
    messages.push(message);
    script(socket, message);
  });
  socket.on('close', (code) => resolve({ code, messages }));
  socket.on('error', (error) => resolve({ code: String(error.message), messages }));
});
const init = JSON.stringify({ type: 'connection_init' });
const subscribe = (id, query) => JSON.stringify({ id, type: 'subscribe', payload: { query } });
const afterAck = (act) => (socket, message) => {
  if (!message) socket.send(init);
  else if (message.type === 'connection_ack') act(socket);
};

const checks = {
  'a query gives one result': async () => JSON.stringify(await all('{ hello }')) === '[{"data":{"hello":"world"}}]',
  'a mutation gives one result': async () => JSON.stringify(await all('mutation { echo(text: "x") }')) === '[{"data":{"echo":"x"}}]',
  'a subscription gives one result per event': async () =>
    JSON.stringify(await all('subscription($n: Int!) { greet(n: $n) }', { n: 3 })) === '[{"data":{"greet":"hello 1"}},{"data":{"greet":"hello 2"}},{"data":{"greet":"hello 3"}}]',
  'an invalid document gives errors': async () => (await all('{'))[0].message.startsWith('Syntax Error'),
  'many operations share a socket': async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => all('subscription { greet(n: 5) }')));
    return results.every((r) => r.length === 5);
  },
  'a stopped subscription sends nothing more and frees its id': async () => {
    const { code, messages } = await raw((socket, message) => {
      if (!message) socket.send(init);
      else if (message.type === 'connection_ack') socket.send(subscribe('1', 'subscription { endless }'));
      else if (message.type === 'next' && message.id === '1' && !socket.stopped) {
        socket.stopped = true;
        socket.send(JSON.stringify({ id: '1', type: 'complete' }));
        socket.send(subscribe('1', '{ hello }'));
      } else if (message.type === 'complete') socket.close(1000);
    });
    return code === 1000 && messages.at(-2).payload.data.hello === 'world';
  },
  'ping is answered by pong': async () => (await raw((socket, message) => {
    if (!message) socket.send(init);
    else if (message.type === 'connection_ack') socket.send(JSON.stringify({ type: 'ping' }));
    else if (message.type === 'pong') socket.close(1000);
  })).code === 1000,
  'subscribe before the acknowledgement closes with 4401': async () => (await raw((socket, message) => { if (!message) socket.send(subscribe('1', '{ hello }')); })).code === 4401,
  'a second connection_init closes with 4429': async () => (await raw(afterAck((socket) => socket.send(init)))).code === 4429,
  'the same id twice closes with 4409': async () => (await raw(afterAck((socket) => {
    socket.send(subscribe('1', 'subscription { endless }'));
    socket.send(subscribe('1', 'subscription { endless }'));
  }))).code === 4409,
  'no JSON closes with 4400': async () => (await raw((socket, message) => { if (!message) socket.send('no json'); })).code === 4400,
  'half a character closes with 4400': async () => (await raw((socket, message) => { if (!message) socket.send('{"type":"ping","payload":{"a":"\\ud800"}}'); })).code === 4400,
  'an unknown type closes with 4400': async () => (await raw((socket, message) => { if (!message) socket.send('{"type":"what"}'); })).code === 4400,
  'subscribe without id closes with 4400': async () => (await raw(afterAck((socket) => socket.send('{"type":"subscribe","payload":{"query":"{hello}"}}')))).code === 4400,
  'silence closes with 4408': async () => (await raw(() => {})).code === 4408,
  'a message that is too large closes with 1009': async () => (await raw((socket, message) => { if (!message) socket.send('x'.repeat(2_000_000)); })).code === 1009,
  'a forbidden caller is closed with 4403': async () => (await raw((socket, message) => { if (!message) socket.send(JSON.stringify({ type: 'connection_init', payload: { token: 'wrong' } })); })).code === 4403,
  'another sub-protocol is refused': async () => String((await raw(() => {}, 'graphql-ws')).code).includes('400'),
};

let ok = 0;
for (const [name, check] of Object.entries(checks)) {
  const passed = await check();
  if (passed) ok++;
  console.log(`${passed ? 'ok' : 'FAILED'} ${name}`);
}
console.log(`${ok} of ${Object.keys(checks).length} ok`);
process.exit(0);
