// What the scripts of a page share: the tools' script takes from the core what `src/kit.ts` names, and holds no second copy of it.
import { readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { build } from 'esbuild';

/** Pure helpers and constants: each script holds those that it uses. */
const IN_BOTH = ['dom', 'drawings', 'icons', 'scale', 'rooted', 'guard', 'choices', 'panel/bottomaxis', 'panel/barstyle'].map((name) => `src/view/${name}.ts`).concat('src/frames.ts', 'src/transport.ts');
const GIVEN = /^export \{([^}]*)\} from "(.*)";$/gm;

/** The names that the core hands over, by the module that they are of. */
async function namesOf(here) {
  const text = await readFile(resolve(here, 'src/kit.ts'), 'utf8'), names = new Map();
  for (const [, list, from] of text.matchAll(GIVEN)) names.set(relative(here, resolve(here, 'src', from)), list.split(',').map((name) => name.trim()).filter(Boolean));
  return names;
}

/** A module of the core is, for the tools, what they are handed of it; a name that is not is an error of the build. */
const handed = (here, core, names) => ({
  name: 'handed',
  setup: (each) => each.onLoad({ filter: /\.ts$/ }, ({ path }) => {
    const module = relative(here, path);
    if (!core.has(module) || IN_BOTH.includes(module)) return null;
    return { contents: `export const { ${(names.get(module) ?? []).join(', ')} } = kit;`, loader: 'js' };
  }),
});

/** The text of the tools as a function of the kit, with an end that is the host's. */
export async function tools(options, core, end) {
  const here = options.absWorkingDir, names = await namesOf(here);
  const { outputFiles: [made] } = await build({ ...options, plugins: [...options.plugins, handed(here, core, names)], entryPoints: ['src/tools.ts'], format: 'esm', write: false });
  const body = made.text.replace(/export\{(\S+) as makeTools\};\s*$/, 'return $1}');
  if (body === made.text) throw new Error('the tools do not export what makes them');
  return end(`kit=>{"use strict";${body}`);
}
