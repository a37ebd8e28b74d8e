// Builds the bundles of the hosts into the Python package; with --tests, the tests into build/tests. The same sources give the
// same bytes, so `make check` can rebuild and compare.
import { readdirSync, existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { styles } from './styles.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const common = { bundle: true, logLevel: 'warning', target: 'es2022', charset: 'utf8', legalComments: 'none', absWorkingDir: here, plugins: [styles] };

if (process.argv.includes('--tests')) {
  const tests = readdirSync(join(here, 'tests')).filter((name) => name.endsWith('.test.ts'));
  rmSync(join(here, 'build', 'tests'), { recursive: true, force: true });
  await build({ ...common, entryPoints: [...tests.map((name) => `tests/${name}`), 'src/frames.ts'], entryNames: '[name]', outdir: 'build/tests', platform: 'node', format: 'esm', outExtension: { '.js': '.mjs' } });
} else {
  const out = process.argv[2] ?? '../src/btlab/widgets/static';
  for (const [name, format] of [['loader', 'esm'], ['anywidget', 'esm'], ['panel', 'esm'], ['static', 'iife'], ['explorer', 'esm'], ['explorer-panel', 'esm']]) {
    const entry = `src/hosts/${name}.ts`;
    if (existsSync(join(here, entry)))
      await build({ ...common, entryPoints: [entry], outfile: join(out, `${name}.js`), format, minify: true });
  }
}
