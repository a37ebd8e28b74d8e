// Builds the bundles of the hosts into the Python package; with --tests, the tests into build/tests. The same sources give the
// same bytes, so `make check` can rebuild and compare.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { tools } from './shared.mjs';
import { styles } from './styles.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const common = { bundle: true, logLevel: 'warning', target: 'es2022', charset: 'utf8', legalComments: 'none', absWorkingDir: here, plugins: [styles] };

if (process.argv.includes('--tests')) {
  const tests = readdirSync(join(here, 'tests')).filter((name) => name.endsWith('.test.ts'));
  rmSync(join(here, 'build', 'tests'), { recursive: true, force: true });
  await build({ ...common, entryPoints: [...tests.map((name) => `tests/${name}`), 'src/frames.ts'], entryNames: '[name]', outdir: 'build/tests', platform: 'node', format: 'esm', outExtension: { '.js': '.mjs' } });
} else {
  const out = resolve(here, process.argv[2] ?? '../src/btlab/widgets/static'), small = { ...common, minify: true };
  const host = async (name, format = 'esm', define = {}) => build({ ...small, define, entryPoints: [`src/hosts/${name}.ts`], outfile: join(out, `${name}.js`), format, metafile: true });
  mkdirSync(out, { recursive: true });
  const core = await host('anywidget'), held = new Set(Object.keys(core.metafile.inputs));
  const late = await tools(small, held, (made) => `const tools=${made};export{tools as default};\n`);
  writeFileSync(join(out, 'tools.js'), late);
  writeFileSync(join(out, 'static-tools.js'), await tools(small, held, (made) => `globalThis.btlabTools=${made};\n`));
  await host('panel', 'esm', { TOOLS_HASH: JSON.stringify(createHash('sha256').update(late).digest('hex').slice(0, 32)) });
  await host('static', 'iife');
  for (const name of ['loader', 'explorer', 'explorer-panel']) await host(name);
}
