import type { FastifyInstance } from 'fastify';
import type { Hello } from '../protocol/hello.ts';
import { sameToken } from './guard.ts';
import { helloOf } from './hello.ts';
import { reportPages } from './report-pages.ts';
import type { ResultsList } from './results-list.ts';
import type { Theatre } from './theatre.ts';
import type { Workshop } from './workshop.ts';

/** A run that is served, with everything that viewers may ask about. */
export interface Town {
  readonly theatre: Theatre;
  readonly workshop: Workshop;
  readonly results: ResultsList;
  readonly version: string;
  /** Names this start of the server. */
  readonly boot: string;
  readonly token: string;
  /** Folder of the built viewer. */
  readonly directory: string;
  readonly workspace: string;
  /** A viewer with control is there: a run that waits for one begins. */
  begin(): void;
}

/** Whether a viewer that shows this token may control the run. */
export const mayControl = (town: Town, token: string | undefined): boolean => sameToken(token, town.token);

/** What does not change while a world is played, for one viewer. */
export const greeting = ({ theatre, version, boot }: Town, control: boolean): Hello =>
  helloOf(theatre.stage.run, {
    ...{ version, boot, control, adjustable: theatre.adjustable },
    selfDistance: theatre.stage.selfDistance,
  });

/** GET /api/health, the students that a viewer computes, and the report of the workspace. */
export function townPages(app: FastifyInstance, { theatre, version, workspace }: Town): void {
  app.get('/api/health', async () => theatre.stage.health(version));
  app.get<{ Params: { sha256: string } }>('/api/students/:sha256.onnx', async ({ params }, reply) => {
    const onnx = theatre.stage.cast.network(params.sha256);
    if (!onnx) return reply.callNotFound();
    return reply.type('application/octet-stream').send(onnx);
  });
  reportPages(app, workspace);
}
