// From a moved slider to its new pixels, in a JupyterLab and in a Panel page: every move waits until the frame with its own position
// is drawn. Prints one JSON object; `bench_explorer.py` makes the hosts and the table.
// Run: node explorer.mjs HOST=ADDRESS ...      hosts: panel, lab; CHROMIUM names the browser.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const { chromium } = createRequire(join(dirname(fileURLToPath(import.meta.url)), '../../widgets/package.json'))('playwright-core');
const MOVES = 300;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

/** In the page: drags the first slider, one place a move; what each took in ms, and how much of it the kernel and the script. */
async function drag([moves, pause]) {
  const found = (root) => root.querySelector('[data-btlab-explorer]') ?? [...root.querySelectorAll('*')].map((each) => each.shadowRoot && found(each.shadowRoot)).find(Boolean);
  const root = found(document), input = root.querySelector('[data-btlab-slider] input'), took = [];
  const request = window.requestAnimationFrame;
  let script = 0;
  window.requestAnimationFrame = (draw) => request((now) => {
    const began = performance.now();
    draw(now);
    script = performance.now() - began;
  });
  input.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }));
  for (let move = 0; move < moves; move++) {
    const place = String(3 + ((move * 7) % 100));
    const drawn = new Promise((done) => {
      const observer = new MutationObserver(() => {
        if (root.dataset.btlabExplorer.split(' ')[0] !== place) return;
        observer.disconnect();
        done(performance.now());
      });
      observer.observe(root, { attributes: true });
    });
    const began = performance.now();
    input.value = place;
    input.dispatchEvent(new Event('input', { bubbles: true }));
    const total = (await drawn) - began;
    await new Promise((done) => setTimeout(done, pause));
    took.push({ total, kernel: Number(root.dataset.btlabRun), script });
  }
  input.dispatchEvent(new PointerEvent('pointerup', { bubbles: true }));
  window.requestAnimationFrame = request;
  return took;
}

async function measured(host, address) {
  const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
  await page.goto(address);
  if (host === 'lab') {
    await page.waitForSelector('.jp-Notebook .jp-CodeCell', { timeout: 90_000 });
    await page.getByText('| Idle').waitFor({ timeout: 90_000 });
    await page.locator('.jp-Notebook .jp-CodeCell .cm-content').first().focus();
    await page.keyboard.press('Control+Enter');
  }
  await page.waitForSelector('[data-btlab-explorer]', { timeout: 300_000 });
  await page.waitForTimeout(1_000);
  await page.evaluate(drag, [10, 16]);
  return { at_once: await page.evaluate(drag, [MOVES, 0]), each_100_ms: await page.evaluate(drag, [MOVES, 100]) };
}

try {
  const told = {};
  for (const each of process.argv.slice(2)) {
    const [host, ...address] = each.split('=');
    told[host] = await measured(host, address.join('='));
  }
  console.log(JSON.stringify(told));
} finally {
  await browser.close();
}
