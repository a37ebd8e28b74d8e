// What the page of one replay holds in a JupyterLab: without it, as it opens, and after seeks all over the data. Prints one JSON object
// of megabytes; `bench_long_session.py` makes the notebook and the table. Linux alone tells what a process holds.
// Run: node memory.mjs LAB_ADDRESS SEEKS      CHROMIUM names the browser.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const { chromium } = createRequire(join(dirname(fileURLToPath(import.meta.url)), '../../widgets/package.json'))('playwright-core');
const [address, seeks] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

/** Megabytes that the page's scripts hold, buffers included, once their garbage is collected, and those of its whole process. */
async function held(page) {
  const own = await page.context().newCDPSession(page), all = await browser.newBrowserCDPSession();
  for (let round = 0; round < 3; round++) await own.send('HeapProfiler.collectGarbage');
  await page.waitForTimeout(500);
  const { usedSize, embedderHeapUsedSize, backingStorageSize } = await own.send('Runtime.getHeapUsage');
  const { processInfo } = await all.send('SystemInfo.getProcessInfo');
  await own.detach();
  const sizes = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))[1]) / 1e3);
  return { scripts: (usedSize + embedderHeapUsedSize + backingStorageSize) / 1e6, process: Math.max(...sizes) };
}

try {
  const page = await browser.newPage({ viewport: { width: 1400, height: 1100 } });
  await page.goto(address);
  await page.waitForSelector('.jp-Notebook .jp-CodeCell', { timeout: 90_000 });
  await page.getByText('| Idle').waitFor({ timeout: 90_000 });
  const told = { before: await held(page) };
  for (const number of [0, 1]) {
    await page.locator('.jp-Notebook .jp-CodeCell').nth(number).locator('.cm-content').focus();
    await page.keyboard.press('Control+Enter');
  }
  const root = page.locator('[data-btlab-tick]').first();
  await root.waitFor({ timeout: 300_000 });
  await page.waitForTimeout(3_000);
  told.opened = await held(page);
  const ticks = Number(await root.getAttribute('data-btlab-ticks')), peaks = [];
  await root.locator('[role="region"]').first().focus();
  for (let seek = 1; seek <= Number(seeks); seek++) {
    const tick = Math.floor(((seek * 0.6180339887) % 1) * ticks);
    await page.keyboard.press('g');
    await page.keyboard.type(`#${tick}`);
    await page.keyboard.press('Enter');
    await page.waitForFunction((wanted) => {
      const found = document.querySelector('[data-btlab-tick]');
      return found.dataset.btlabTick === String(wanted) && !found.querySelector('.busy');
    }, tick, { timeout: 60_000 });
    await page.keyboard.press('ArrowLeft');
    if (seek % 50 === 0) peaks.push(await held(page));
  }
  told.after = peaks;
  console.log(JSON.stringify(told));
} finally {
  await browser.close();
}
