// node server.mjs yoga|mercurius DATA.json: answers { migrations(first) } over HTTP on a free port; says its address, ends with its input
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import Fastify from 'fastify';
import mercurius from 'mercurius';
import { createSchema, createYoga } from 'graphql-yoga';

const [engine, file] = process.argv.slice(2);
const migrations = JSON.parse(readFileSync(file, 'utf8'));
const typeDefs = `
  type Vote { voter: String! accepted: Boolean! confidence: Float! }
  type Migration {
    id: String! name: String! state: String! instanceType: String! region: String!
    nodes: Int! progress: Float! utilisation: Float! startedAt: String! isSpot: Boolean!
    votes: [Vote!]!
  }
  type Query { migrations(first: Int!): [Migration!]! }
`;
const resolvers = { Query: { migrations: (_, { first }) => migrations.slice(0, first) } };

if (engine === 'yoga') {
  const yoga = createYoga({ schema: createSchema({ typeDefs, resolvers }), logging: false, graphiql: false, landingPage: false });
  const server = createServer(yoga);
  server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/graphql`));
} else {
  const app = Fastify();
  app.register(mercurius, { schema: typeDefs, resolvers, jit: 1 });
  console.log(`${await app.listen({ port: 0, host: '127.0.0.1' })}/graphql`);
}
process.stdin.on('end', () => process.exit(0)).resume();
