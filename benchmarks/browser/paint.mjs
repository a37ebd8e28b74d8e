// First paint of the replay, from the file and in a JupyterLab, and how long a small question to the kernel takes there, with and
// without the empty message ("poke") that follows it. Prints one JSON object; `bench_chart.py` makes the inputs and the table.
// Run: node paint.mjs FILE [LAB_ADDRESS]      CHROMIUM names the browser.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const { chromium } = createRequire(join(dirname(fileURLToPath(import.meta.url)), '../../widgets/package.json'))('playwright-core');
const ROUNDS = 7;
const [file, lab] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

async function fromFile() {
  const times = [];
  for (let round = 0; round < ROUNDS; round++) {
    const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
    await page.goto(pathToFileURL(file).href);
    await page.waitForFunction(() => performance.getEntriesByName('btlab:painted').length > 0);
    times.push(await page.evaluate(() => performance.getEntriesByName('btlab:painted')[0].startTime));
    await page.close();
  }
  return times;
}

/** Times questions for a page of ticks until the page comes; drops pokes while `silent`. */
function listen() {
  window.silent = false;
  window.answers = [];
  const send = WebSocket.prototype.send, heard = new WeakSet(), text = (data) => (typeof data === 'string' ? data : new TextDecoder('latin1').decode(new Uint8Array(data instanceof ArrayBuffer ? data : data.buffer).subarray(0, 4096)));
  let asked = 0;
  WebSocket.prototype.send = function (data) {
    if (!heard.has(this)) {
      heard.add(this);
      this.addEventListener('message', (event) => {
        if (!asked || !/"kind": ?"page"/.test(text(event.data))) return;
        window.answers.push(performance.now() - asked);
        asked = 0;
      });
    }
    const said = text(data);
    if (/"kind": ?"pages"/.test(said)) asked = performance.now();
    if (!(window.silent && /"kind": ?"poke"/.test(said))) send.call(this, data);
  };
}

async function inLab() {
  const page = await browser.newPage({ viewport: { width: 1400, height: 1400 } });
  await page.addInitScript(listen);
  await page.goto(lab);
  await page.waitForSelector('.jp-Notebook .jp-CodeCell', { timeout: 90_000 });
  await page.getByText('| Idle').waitFor({ timeout: 90_000 });
  const run = async (number) => {
    const cell = page.locator('.jp-Notebook .jp-CodeCell').nth(number);
    await cell.locator('.cm-content').focus();
    await cell.evaluate((node) => {
      const prompt = () => node.querySelector('.jp-InputPrompt').textContent, before = prompt();
      window.ended = new Promise((resolve, reject) => {
        const observer = new MutationObserver(() => {
          if (!/\d/.test(prompt()) || prompt() === before) return;
          observer.disconnect();
          resolve(performance.now());
        });
        observer.observe(node, { childList: true, characterData: true, subtree: true });
        setTimeout(() => reject(new Error(`the cell has not run: ${prompt()}`)), 180_000);
      });
    });
    await page.keyboard.press('Control+Enter');
    return page.evaluate(() => window.ended);
  };
  const paint = async (number) => {
    const before = await page.evaluate(() => performance.getEntriesByName('btlab:painted').length);
    const ended = await run(number);
    await page.waitForFunction((count) => performance.getEntriesByName('btlab:painted').length > count, before, { timeout: 90_000 });
    const painted = await page.evaluate(() => performance.getEntriesByName('btlab:painted').at(-1).startTime);
    await page.waitForTimeout(300);
    return painted - ended;
  };
  await run(0);
  const first = await paint(1), again = [], trips = { poked: [], silent: [] };
  for (let round = 0; round < ROUNDS; round++) again.push(await paint(1));
  for (let round = 0; round < 2 * ROUNDS; round++) {
    await page.evaluate((silent) => ([window.silent, window.answers] = [silent, []]), round % 2 === 1);
    await paint(2);
    trips[round % 2 ? 'silent' : 'poked'].push(...(await page.evaluate(() => window.answers)));
  }
  return { first, again, ...trips };
}

try {
  console.log(JSON.stringify({ file: await fromFile(), lab: lab ? await inLab() : null }));
} finally {
  await browser.close();
}
