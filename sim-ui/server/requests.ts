import { z } from 'zod';
import { UnderstudyError } from '../../env/error.ts';
import { acquaintSchema, inspectSchema, lifeSchema } from '../protocol/agents.ts';
import { type Command, commandSchema } from '../protocol/commands.ts';
import { alongsideSchema, contrastSchema } from '../protocol/pairs.ts';
import { reaskSchema, weighSchema, whatIfSchema } from '../protocol/questions.ts';
import { lookSchema, recallSchema } from '../protocol/runs.ts';
import { findSchema } from '../protocol/search.ts';
import type { Reply, ViewerToServer } from '../protocol/socket.ts';
import { workSchema } from '../protocol/work.ts';
import { messageOf } from './cast.ts';
import { greeting, type Town } from './town.ts';
import { townPage } from './town-page.ts';
import type { ViewerSession } from './viewer-session.ts';

/** Who asks. */
export interface Asker {
  readonly town: Town;
  readonly control: boolean;
  /** Of the stage of the moment. */
  readonly session: ViewerSession;
  /** Whether a page of a life is on its way to it: who has not got one yet gets no other. */
  reading: boolean;
}

interface Request {
  readonly schema: z.ZodType;
  act(asker: Asker, payload: unknown): unknown;
}
const request = <S extends z.ZodType>(schema: S, act: (asker: Asker, payload: z.infer<S>) => unknown): Request => ({
  schema,
  act: act as Request['act'],
});

/** Everything that a viewer may ask, by the name of its event. */
const requests: Readonly<Record<keyof ViewerToServer, Request>> = {
  command: request(commandSchema, ({ town, control }, command) => {
    if (!control)
      throw new UnderstudyError(
        'SERVE_COMMAND',
        'watching is open, control needs the token of the URL that the server printed',
      );
    return obey(town, command);
  }),
  contrast: request(contrastSchema, ({ session }, wishes) => session.wish(wishes)),
  whatIf: request(whatIfSchema, ({ town, control }, question) => questionsOf(town).whatIf(question, control)),
  weigh: request(weighSchema, ({ town, control }, question) => questionsOf(town).weigh(question, control)),
  reask: request(reaskSchema, ({ town, control }, question) => questionsOf(town).reask(question, control)),
  inspect: request(inspectSchema, ({ session }, { agent }) => session.inspector.look(agent)),
  find: request(findSchema, ({ session }, { search }) => session.find(search)),
  alongside: request(alongsideSchema, ({ session }, { run }) => session.accompany(run)),
  look: request(lookSchema, ({ session }, { at }) => session.look(at)),
  recall: request(recallSchema, ({ town }, { run }) => town.theatre.pointsOf(run)),
  life: request(lifeSchema, async (asker, { run, agent, from }) => {
    if (asker.reading) throw new UnderstudyError('SERVE_COMMAND', 'another page of a life is on its way');
    asker.reading = true;
    try {
      return await asker.town.theatre.stage.life(run, agent, from);
    } finally {
      asker.reading = false;
    }
  }),
  acquaint: request(acquaintSchema, ({ town }, { run, agent }) => town.theatre.stage.acquaint(run, agent)),
  save: request(recallSchema, async ({ town, control }, { run }) => {
    if (!control) throw new UnderstudyError('SERVE_COMMAND', 'a page is written for those who have the token');
    const { scenario } = town.theatre.stage.run;
    const { selfDistance: _, ...hello } = greeting(town, control);
    const recording = await town.theatre.record(run, { ...hello, adjustable: false });
    return townPage(town.directory, recording, `Understudy · ${scenario.id}`);
  }),
  work: request(workSchema, ({ town, control }, wish) => {
    if (!control) throw new UnderstudyError('SERVE_COMMAND', 'work in the workspace is for those who have the token');
    return town.workshop.work(wish);
  }),
  results: request(z.strictObject({}), ({ town }) => town.results.read()),
};

/** Names of the events that a viewer may send. */
export const requestNames = Object.keys(requests) as readonly (keyof ViewerToServer)[];

const questionsOf = ({ theatre }: Town) => theatre.stage.questions;

function obey({ theatre }: Town, command: Command): unknown {
  theatre.requireCalm();
  if (command.do === 'restart' && (command.parameters || command.agents !== undefined)) return theatre.restart(command);
  if (command.do === 'steer') return theatre.steer(command.parameters);
  if (command.do === 'fork') return theatre.fork(command.run, command.tick, command.policy);
  if (command.do === 'split') return theatre.split(command.policy, command.since);
  return theatre.stage.command(command);
}

/** Checks what a viewer asks, acts on it and says how that went, with what came of it; a viewer's mistake is an answer, not a crash. */
export async function answer(asker: Asker, event: keyof ViewerToServer, payload: unknown): Promise<[Reply, unknown?]> {
  const { schema, act } = requests[event];
  const parsed = schema.safeParse(payload);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue!.path.join('.');
    return [{ ok: false, code: 'MALFORMED', message: `${where ? `${where}: ` : ''}${issue!.message}` }];
  }
  try {
    const more = await act(asker, parsed.data);
    return [{ ok: true }, more];
  } catch (error) {
    return [{ ok: false, code: error instanceof UnderstudyError ? error.code : 'REFUSED', message: messageOf(error) }];
  }
}
