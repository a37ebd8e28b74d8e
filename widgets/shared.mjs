// What the scripts of a page share: those that come later take from the core what `src/kit.ts` names, and hold no second copy of it.
import { readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { build } from 'esbuild';

/** Pure helpers and constants: each script holds those that it uses. */
const IN_BOTH = ['dom', 'drawings', 'icons', 'scale', 'rooted', 'guard', 'choices', 'words', 'moments', 'holding', 'panel/bottomaxis', 'panel/barstyle'].map((name) => `src/view/${name}.ts`).concat('src/transport.ts');
const GIVEN = /^export \{([^}]*)\} from "(.*)";$/gm;

/** The names that the core hands over, by the module that they are of. */
async function namesOf(here) {
  const text = await readFile(resolve(here, 'src/kit.ts'), 'utf8'), names = new Map();
  for (const [, list, from] of text.matchAll(GIVEN)) names.set(relative(here, resolve(here, 'src', from)), list.split(',').map((name) => name.trim()).filter(Boolean));
  return names;
}

/** A module of the core is, for a later script, what it is handed of it; a name that is not is an error of the build. */
const handed = (here, core, names) => ({
  name: 'handed',
  setup: (each) => each.onLoad({ filter: /\.ts$/ }, ({ path }) => {
    const module = relative(here, path);
    if (!core.has(module) || IN_BOTH.includes(module)) return null;
    return { contents: `export const { ${(names.get(module) ?? []).join(', ')} } = kit;`, loader: 'js' };
  }),
});

/** The modules that a bundle holds. */
export const modulesOf = ({ metafile }) => new Set(Object.keys(metafile.inputs));

/** Later scripts, each as a function of the kit; no two hold the same module. */
export async function laterScripts(options, core, entries) {
  const here = options.absWorkingDir, names = await namesOf(here), held = new Map(), made = [];
  for (const entry of entries) {
    const bundle = await build({ ...options, plugins: [...options.plugins, handed(here, core, names)], entryPoints: [`src/${entry}.ts`], format: 'esm', write: false, metafile: true });
    for (const module of modulesOf(bundle)) {
      if (held.has(module) && !core.has(module) && !IN_BOTH.includes(module)) throw new Error(`${module} is in ${held.get(module)} and in ${entry}`);
      held.set(module, entry);
    }
    const { text } = bundle.outputFiles[0], body = text.replace(/export\{(\S+) as make\w+\};\s*$/, 'return $1}');
    if (body === text) throw new Error(`${entry} does not export what makes it`);
    made.push(`kit=>{"use strict";${body}`);
  }
  return made;
}
