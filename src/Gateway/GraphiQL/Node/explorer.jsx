import { GraphiQL } from 'graphiql';
import 'graphiql/style.css';
import { buildSchema, getOperationAST, parse } from 'graphql';
import { createClient } from 'graphql-sse';
import { createRoot } from 'react-dom/client';
import './page.css';

const url = '/graphql';

globalThis.MonacoEnvironment = {
  getWorker: (_, label) => new Worker(`/graphiql/${label === 'json' || label === 'graphql' ? label : 'editor'}.worker.js`),
};

const welcome = `# Ctrl+Enter runs the operation under the cursor.
# Of several customers, name one in the tab Headers:
# { "X-OptiInfra-Customer": "acme" }

query Waiting {
  me { name roles customers }
  migrations(first: 5) {
    totalCount
    nodes {
      id status question promisedSavingMonthlyUsd
    }
  }
}

# Without afterSequence: from now on.
subscription Follow {
  eventAppended(afterSequence: 0) {
    sequence at type actor streamId
  }
}
`;

const isSubscription = ({ query, operationName }) => getOperationAST(parse(query), operationName)?.operation === 'subscription';

// a stream of its own for each subscription, rather than a socket: the tab Headers holds for it too
function fetcher(request, { headers } = {}) {
  if (isSubscription(request)) return createClient({ url, headers }).iterate(request);
  return fetch(url, {
    method: 'POST',
    headers: { ...headers, accept: 'application/graphql-response+json, application/json', 'content-type': 'application/json' },
    body: JSON.stringify(request),
  }).then((answer) => answer.json());
}

// the server tells its schema by GraphQL only where it is told to; whoever is signed in may read it here
const answer = await fetch('/graphiql/schema.graphql');
const schema = buildSchema(await answer.text());
createRoot(document.getElementById('graphiql')).render(<GraphiQL fetcher={fetcher} schema={schema} defaultQuery={welcome} />);
