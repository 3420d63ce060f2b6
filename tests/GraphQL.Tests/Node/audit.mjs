// node audit.mjs HTTP_URL: every audit of graphql-http against a running server; one line each that is not ok, then `N of M ok`
import { serverAudits } from 'graphql-http';

const audits = serverAudits({ url: process.argv[2], fetchFn: fetch });
let ok = 0;
for (const audit of audits) {
  const result = await audit.fn();
  if (result.status === 'ok') ok++;
  else console.log(`${result.status} ${audit.id} ${audit.name}: ${result.reason ?? ''}`);
}
console.log(`${ok} of ${audits.length} ok`);
