// node build.mjs: bundles GraphiQL with its editor's workers into ../dist, where the gateway's build takes it from
import { build } from 'esbuild';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

const target = '../dist';
const options = {
  bundle: true,
  minify: true,
  outdir: target,
  logLevel: 'warning',
  legalComments: 'linked',
  define: { 'process.env.NODE_ENV': '"production"' },
  loader: { '.ttf': 'dataurl' },
};

await rm(target, { recursive: true, force: true });
await build({ ...options, entryPoints: ['explorer.jsx'], format: 'esm', jsx: 'automatic' });
await build({
  ...options,
  format: 'iife',
  entryPoints: {
    'editor.worker': 'monaco-editor/esm/vs/editor/editor.worker.js',
    'json.worker': 'monaco-editor/esm/vs/language/json/json.worker.js',
    'graphql.worker': 'monaco-graphql/esm/graphql.worker.js',
  },
});
for (const file of await readdir(target)) await writeFile(`${target}/${file}.gz`, gzipSync(await readFile(`${target}/${file}`), { level: 9 }));
