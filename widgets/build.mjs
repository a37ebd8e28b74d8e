// Builds the bundles of the hosts into the Python package; with --tests, the tests into build/tests. Either may be given another
// folder. The same sources give the same bytes, so `make check` can rebuild and compare.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { laterScripts, modulesOf } from './shared.mjs';
import { styles } from './styles.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const common = { bundle: true, logLevel: 'warning', target: 'es2022', charset: 'utf8', legalComments: 'none', absWorkingDir: here, plugins: [styles] };

if (process.argv[2] === '--tests') {
  const tests = readdirSync(join(here, 'tests')).filter((name) => name.endsWith('.test.ts')), out = resolve(here, process.argv[3] ?? 'build/tests');
  rmSync(out, { recursive: true, force: true });
  await build({ ...common, entryPoints: [...tests.map((name) => `tests/${name}`), 'src/frames.ts'], entryNames: '[name]', outdir: out, platform: 'node', format: 'esm', outExtension: { '.js': '.mjs' } });
} else {
  const out = resolve(here, process.argv[2] ?? '../src/btlab/widgets/static'), small = { ...common, minify: true };
  const host = async (name, format = 'esm', define = {}) => build({ ...small, define, entryPoints: [`src/hosts/${name}.ts`], outfile: join(out, `${name}.js`), format, metafile: true });
  mkdirSync(out, { recursive: true });
  const core = await host('anywidget'), names = ['tools', 'popups', 'overlays'], hashes = {};
  for (const [i, made] of (await laterScripts(small, modulesOf(core), names)).entries()) {
    const name = names[i], text = `const made=${made};export{made as default};\n`;
    writeFileSync(join(out, `${name}.js`), text);
    writeFileSync(join(out, `static-${name}.js`), `globalThis.btlab${name[0].toUpperCase()}${name.slice(1)}=${made};\n`);
    hashes[`${name.toUpperCase()}_HASH`] = JSON.stringify(createHash('sha256').update(text).digest('hex').slice(0, 32));
  }
  await host('panel', 'esm', hashes);
  await host('static', 'iife');
  for (const name of ['loader', 'explorer', 'explorer-panel']) await host(name);
}
