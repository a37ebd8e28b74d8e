// Style sheets are imported as their minified text. "&" in them stands for the widget's root; esbuild would read it as nesting, so a
// class stands for it while it minifies.
import { readFile } from 'node:fs/promises';
import { transform } from 'esbuild';

const ROOT = '.btlab-root';

export const styles = {
  name: 'styles',
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const text = (await readFile(path, 'utf8')).replaceAll('&', ROOT);
      const { code } = await transform(text, { loader: 'css', minify: true, sourcefile: path });
      return { contents: code.trim().replaceAll(ROOT, '&'), loader: 'text' };
    });
  },
};
