// node follow.mjs ws|sse HTTP_URL TOKEN MIGRATION: follows a migration by graphql-ws or graphql-sse from its first event until
// it is over, whatever becomes of the gateway meanwhile; prints `SEQUENCE VERSION TYPE` for each event, and `over`
import { createClient as createStreams } from 'graphql-sse';
import { createClient as createSockets } from 'graphql-ws';
import WebSocket from 'ws';

const [, , protocol, url, token, id] = process.argv;
let last = 0;
const again = { retryAttempts: Infinity, retryWait: () => new Promise((resolve) => setTimeout(resolve, 100)) };
const client = protocol === 'ws'
  ? createSockets({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, connectionParams: { authToken: token }, shouldRetry: () => true, ...again })
  : createStreams({ url, headers: { authorization: `Bearer ${token}` }, ...again });

const results = client.iterate({
  query: `subscription Follow($id: UUID!, $after: Long) {
    migrationChanged(id: $id, afterSequence: $after) { sequence event { version type } migration { isOver } }
  }`,
  // read anew whenever the client subscribes again
  variables: { id, get after() { return last; } },
});
for await (const { data, errors } of results) {
  if (errors) throw new Error(JSON.stringify(errors));
  const { sequence, event, migration } = data.migrationChanged;
  last = sequence;
  console.log(`${sequence} ${event.version} ${event.type}`);
  if (migration.isOver) break;
}
console.log('over');
process.exit(0);
