import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UnderstudyError } from '../../env/error.ts';
import { ownPackage } from '../../workspace/package.ts';

/**
 * The viewer and a recording in one page that opens without a server. Its content security policy admits this script and
 * this style alone, and no connection to anywhere.
 * @param viewer folder of the built viewer
 * @param recording the bytes of recording.ts
 * @throws {UnderstudyError} SERVE_VIEWER if the viewer is built in several pieces
 */
export async function townPage(viewer: string, recording: Uint8Array, title: string): Promise<Uint8Array> {
  const index = await readFile(join(viewer, 'index.html'), 'utf8');
  const scripts = [...index.matchAll(/<script[^>]* src="\.\/([^"]+\.js)"/g)].map(([, file]) => file!);
  const styles = [...index.matchAll(/<link[^>]* href="\.\/([^"]+\.css)"/g)].map(([, file]) => file!);
  if (scripts.length !== 1)
    throw new UnderstudyError('SERVE_VIEWER', `expected one script in the built viewer, got ${scripts.length}`);
  const contents = (files: string[]) => Promise.all(files.map((file) => readFile(join(viewer, file), 'utf8')));
  const [script] = (await contents(scripts)).map(withinScript);
  const style = (await contents(styles)).join('\n').replaceAll('\r', '');
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script!)}`,
    `style-src ${hashOf(style)}`,
    'img-src data: blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return Buffer.from(`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="content-security-policy" content="${policy}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${title.replace(/[&<>"]/g, '')}</title>
    <style>${style}</style>
  </head>
  <body>
    <div id="app"></div>
    <noscript>This page needs JavaScript.</noscript>
    <script type="application/octet-stream" id="recording">${Buffer.from(recording).toString('base64')}</script>
    <script type="module">${script}</script>
  </body>
</html>
`);
}

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** A script that can stand within a page: what would end it there is spelt otherwise, which strings and patterns allow. */
const withinScript = (script: string) =>
  script.replaceAll('\r', '').replace(/<(\/script|!--)/gi, (_, rest: string) => `\\x3C${rest}`);

/** Folder of the built viewer. @throws {UnderstudyError} SERVE_VIEWER if it was not built */
export function viewerFiles(directory = join(ownPackage().directory, 'dist', 'viewer')): string {
  if (!existsSync(join(directory, 'index.html')))
    throw new UnderstudyError(
      'SERVE_VIEWER',
      `the viewer is not built: no index.html in ${directory}; run \`npm run build\``,
    );
  return directory;
}
