// node explorer.mjs GATEWAY_URL SESSION_TOKEN CHROMIUM [SCREENSHOT]: GraphiQL in Chromium, signed in by the cookie; prints one line of JSON:
// what its answers show, and whatever the browser complained of or asked of other hosts
import puppeteer from 'puppeteer-core';

const [, , url, session, executablePath, screenshot] = process.argv;
const browser = await puppeteer.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
const page = await browser.newPage();
const complaints = [];
try {
  await page.setViewport({ width: 1400, height: 900 });
  page.on('console', (message) => { if (['error', 'warn'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`); });
  page.on('pageerror', (error) => complaints.push(`thrown: ${error.message}`));
  page.on('request', (request) => { if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) complaints.push(`asked of elsewhere: ${request.url()}`); });
  page.on('response', (response) => { if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`); });

  await page.browserContext().setCookie({ name: 'optiinfra-session', value: session, domain: new URL(url).hostname, path: '/', httpOnly: true, sameSite: 'Lax' });
  await page.goto(`${url}/graphiql`, { waitUntil: 'load' });
  await page.waitForSelector('.graphiql-execute-button');

  // Monaco shows what is in sight only, with spaces of its own kind
  const shown = (pattern) => page.waitForFunction(
    (source) => document.querySelector('.graphiql-response')?.innerText.replaceAll('\u00a0', ' ').match(source)?.[0], { timeout: 30_000 }, pattern).then((found) => found.jsonValue());
  const run = async (operation) => {
    await page.click('.graphiql-execute-button');
    await page.waitForSelector('.graphiql-dropdown-item, [role="menuitem"]');
    for (const item of await page.$$('.graphiql-dropdown-item, [role="menuitem"]'))
      if ((await item.evaluate((element) => element.innerText)).includes(operation)) return item.click();
    throw new Error(`${operation} is not offered`);
  };

  await run('Waiting');
  const query = await shown('"totalCount": \\d+');
  await run('Follow');
  const subscription = await shown('"type": "approval_requested"');
  console.log(JSON.stringify({ query, subscription, complaints }));
} catch (fault) {
  console.log(JSON.stringify({ fault: String(fault), complaints }));
} finally {
  if (screenshot) await page.screenshot({ path: screenshot });
  await browser.close();
}
