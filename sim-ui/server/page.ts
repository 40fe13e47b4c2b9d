import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import fastifyStatic from '@fastify/static';
import fastify, { type FastifyInstance } from 'fastify';
import { refusal, SECURITY_HEADERS } from './guard.ts';

/** What onnxruntime loads in a browser. */
const RUNTIME = 'ort-wasm-simd-threaded';

/** The files of the viewer, for loopback names only. Whoever serves them adds what it knows of a run. */
export function page(directory: string): FastifyInstance {
  const app = fastify({ forceCloseConnections: true });
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    const refused = refusal(request.headers);
    if (refused) return reply.code(403).send({ ok: false, code: 'REFUSED', message: refused });
  });
  app.register(fastifyStatic, { root: directory, cacheControl: false });
  app.register(fastifyStatic, {
    root: dirname(createRequire(import.meta.url).resolve(`onnxruntime-web/${RUNTIME}.wasm`)),
    prefix: '/runtime/',
    allowedPath: (path) => [`/${RUNTIME}.wasm`, `/${RUNTIME}.mjs`].includes(path),
    cacheControl: false,
    decorateReply: false,
  });
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({ ok: false, code: 'NOT_FOUND', message: `nothing at ${request.url}` }),
  );
  return app;
}
