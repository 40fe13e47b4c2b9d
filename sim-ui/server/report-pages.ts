import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { workspace as pathsOf } from '../../workspace/paths.ts';

/** Files that lie beside the report, by how their names end. */
const kinds = { svg: 'image/svg+xml', png: 'image/png', csv: 'text/csv; charset=utf-8' } as const;
const FIGURE = /^[\w-]{1,200}\.(svg|png|csv)$/;

/**
 * GET /report/: the report of the workspace, as it lies there at the moment; GET /report/plots/NAME: the figures beside it.
 * Neither runs anything: no script, no request but for images of this server, styles only as they stand in the report.
 */
export function reportPages(app: FastifyInstance, directory: string): void {
  const { report, plots } = pathsOf(directory);
  app.get('/report', async (_, reply) => reply.redirect('/report/', 308));
  app.get('/report/', async (_, reply) => {
    const page = await readFile(report, 'utf8').catch(() => undefined);
    if (page === undefined)
      return reply.code(404).send({
        ok: false,
        code: 'NOT_FOUND',
        message: 'no report yet: understudy visualize writes one, and so does a study',
      });
    return reply.header('content-security-policy', reportPolicy(page)).type('text/html; charset=utf-8').send(page);
  });
  app.get<{ Params: { name: string } }>('/report/plots/:name', async ({ params: { name } }, reply) => {
    const [, kind] = FIGURE.exec(name) ?? [];
    const bytes = kind && (await readFile(join(plots, name)).catch(() => undefined));
    if (!bytes) return reply.callNotFound();
    return reply
      .header('content-security-policy', "default-src 'none'; sandbox")
      .type(kinds[kind as keyof typeof kinds])
      .send(bytes);
  });
}

/** Admits the style sheets of a page by their hashes, its fonts within them, and images of this server; nothing else. */
function reportPolicy(page: string): string {
  const sheets = [...page.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(
    ([, css]) => `'sha256-${createHash('sha256').update(css!).digest('base64')}'`,
  );
  return [
    "default-src 'none'",
    `style-src ${sheets.length > 0 ? [...new Set(sheets)].join(' ') : "'none'"}`,
    'font-src data:',
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
