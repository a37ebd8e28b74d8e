// Script milliseconds a frame of the six-panel chart in headless Chromium without a GPU: six panels of a million bars each with volume,
// three overlays (one of them 10,000 dots), 10,000 trades and a million points of equity, one tick a frame on all of them; processor
// time of the main thread, from Chromium's own trace. The model is a mock that hands each frame a tick (see frames.ts): the view's work
// is in these frames, a session's fold and clock are not. The drawing is checked first: every column of every panel must be coloured
// where its bar is.
// Run: node benchmarks/browser/frames.mjs [bars] [frames]     Needs: npm ci in widgets/, a Chromium (CHROMIUM names another one).
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { styles } from '../../widgets/styles.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const widgets = createRequire(join(here, '../../widgets/package.json'));
const { build } = widgets('esbuild');
const { chromium } = widgets('playwright-core');
const [bars, frames] = [Number(process.argv[2] ?? 1_000_000), Number(process.argv[3] ?? 400)];
const WANTED = { tick: 2, pan: NaN, out: 6 };

const { outputFiles } = await build({ entryPoints: [join(here, 'frames.ts')], bundle: true, write: false, format: 'iife', target: 'es2022', minify: true, plugins: [styles] });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const part = (values, share) => [...values].sort((a, b) => a - b)[Math.floor(values.length * share)];

try {
  const page = await browser.newPage({ viewport: { width: 1400, height: 1000 }, deviceScaleFactor: 2 });
  const faults = [];
  page.on('pageerror', (error) => faults.push(error.stack));
  await page.setContent('<!doctype html><body style="margin:16px"><div id="host"></div></body>');
  await page.addScriptTag({ content: outputFiles[0].text });
  const loading = await page.evaluate((count) => window.setUp(count), bars);
  await page.waitForSelector('[data-btlab-tools] button.ov');
  for (let row = 0; row < 6; row++) {
    const { candles, columns } = await page.evaluate((number) => window.looks(number), row);
    if (columns < 60 || candles < columns * 0.97) throw new Error(`panel ${row}: ${candles} of ${columns} columns are drawn`);
  }
  console.log(`six panels of ${bars.toLocaleString('en')} bars each, made in ${loading.toFixed(0)} ms; every column drawn where its bar is.\nThe view alone, over a mock of the model: one tick a frame on all panels, without a session's fold and clock`);
  const slow = [];
  for (const [name, each] of [['one tick a frame', 'tick'], ['a tick and a pan in every panel', 'pan'], ['one tick a frame, all bars in view', 'out']]) {
    if (each === 'out') await page.evaluate(() => window.zoomOut());
    await page.evaluate(() => window.measure(60, 'tick'));
    await browser.startTracing(page, { categories: ['devtools.timeline'] });
    await page.evaluate(([count, kind]) => window.measure(count, kind), [frames, each]);
    const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
    const drawn = traceEvents.filter(({ name: event }) => event === 'FireAnimationFrame').slice(0, frames);
    const [processor, clock] = [drawn.map(({ tdur }) => tdur / 1000), drawn.map(({ dur }) => dur / 1000)];
    if (drawn.length < frames || processor.some(Number.isNaN)) throw new Error(`${drawn.length} frames in the trace`);
    if (median(processor) > WANTED[each]) slow.push(`${name}: ${median(processor).toFixed(2)} ms, wanted at most ${WANTED[each]}`);
    const [middle, most, wall] = [median(processor), part(processor, 0.95), median(clock)].map((value) => value.toFixed(2));
    console.log(`${name.padEnd(34)} processor: median ${middle} ms, 95 % under ${most} ms   clock: median ${wall} ms   (${frames} frames)`);
  }
  if (process.env.PICTURE) await page.screenshot({ path: process.env.PICTURE });
  if (faults.length) throw new Error(faults.join('\n'));
  if (slow.length) throw new Error(slow.join('\n'));
} finally {
  await browser.close();
}
