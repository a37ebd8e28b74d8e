// Bundles model.ts and runs it. Run: node model.mjs FOLDER      (frames as bench_chart.py writes them)
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url)), scratch = mkdtempSync(join(tmpdir(), 'btlab-'));
const { build } = createRequire(join(here, '../../widgets/package.json'))('esbuild');
try {
  const outfile = join(scratch, 'model.mjs');
  await build({ entryPoints: [join(here, 'model.ts')], bundle: true, outfile, platform: 'node', format: 'esm', target: 'es2022', minify: true });
  const done = spawnSync(process.execPath, [outfile, process.argv[2]], { stdio: 'inherit' });
  process.exitCode = done.status ?? 1;
} finally {
  rmSync(scratch, { recursive: true });
}
