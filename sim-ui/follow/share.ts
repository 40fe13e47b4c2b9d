import type { FastifyInstance } from 'fastify';
import { firstValueFrom, Subject, take, timeout } from 'rxjs';
import { UnderstudyError } from '../../env/error.ts';
import { PROTOCOL } from '../protocol/socket.ts';
import type { Town } from '../server/town.ts';
import type { Carrier } from './carrier.ts';
import { answerChannel, heard, linkChannels, text } from './channels.ts';
import { Delegation } from './delegation.ts';
import { Link } from './link.ts';
import { answers, calls } from './messages.ts';

/** Processes that serve viewers of one town, at most. */
const MOST_FOLLOWERS = 16;
/** A town that has the channel says so within this many milliseconds. */
const CLAIM_MS = 1000;

export interface Sharing {
  /** Says farewell to all followers. */
  close(): Promise<void>;
}

/**
 * Lets other processes serve viewers of a town, as long as the carrier carries: without it the town plays on for its own.
 * @param app answers what followers fetch
 * @param log who comes and goes
 * @throws {UnderstudyError} SERVE_SHARE if another town has the carrier's channel
 */
export async function share(
  town: Town,
  app: FastifyInstance,
  carrier: Carrier,
  log: (line: string) => void = () => {},
): Promise<Sharing> {
  const { boot, version } = town;
  const delegations = new Map<string, Delegation>();
  const rivals = new Subject<string>();
  let open = false;

  const tell = (follower: string, message: object) =>
    carrier.publish(answerChannel(carrier, follower), text(answers.parse(message))).catch(() => {});

  const join = async (follower: string) => {
    if (delegations.has(follower)) return;
    if (delegations.size >= MOST_FOLLOWERS) {
      await tell(follower, { say: 'refusal', words: `${MOST_FOLLOWERS} processes follow the town already` });
      return;
    }
    const { up, down, name } = linkChannels(carrier, follower, boot);
    const began: { delegation?: Delegation; over?: boolean } = {};
    const link = await Link.open(carrier, {
      ...{ in: up, out: down },
      hear: (message) => began.delegation?.hear(message),
      onEnd: (why) => {
        began.over = true;
        began.delegation?.close();
        if (delegations.delete(follower)) log(`a follower ${why}; followers: ${delegations.size}`);
      },
    });
    if (began.over || !open) {
      await link.close();
      return;
    }
    began.delegation = new Delegation(town, app, link, name);
    delegations.set(follower, began.delegation);
    log(`followers: ${delegations.size}`);
  };

  const unlisten = await carrier.listen(carrier.prefix, (bytes) => {
    const call = heard(calls, bytes);
    if (call?.say === 'taken' && call.boot !== boot) rivals.next(call.scenario);
    // Of two that begin at the same time the first by name has it.
    if (call?.say === 'claim' && call.boot !== boot && (open || boot < call.boot))
      carrier
        .publish(carrier.prefix, text({ say: 'taken', boot, scenario: town.theatre.stage.run.scenario.id }))
        .catch(() => {});
    if (!open) return;
    if (call?.say === 'seek') void tell(call.follower, { say: 'offer', boot, version, protocol: PROTOCOL });
    if (call?.say === 'join' && call.boot === boot)
      join(call.follower).catch((error: Error) => log(`a follower could not join: ${error.message}`));
  });

  /** The scenario of the town that has the channel already; undefined if there is none. */
  const rival = async (): Promise<string | undefined> => {
    const answer = firstValueFrom(rivals.pipe(take(1), timeout(CLAIM_MS))).catch(() => undefined);
    const listeners = await carrier.publish(carrier.prefix, text({ say: 'claim', boot }));
    return listeners > 1 ? answer : undefined;
  };
  const taken = await rival();
  if (taken !== undefined) {
    unlisten();
    throw new UnderstudyError(
      'SERVE_SHARE',
      `another town (${taken}) is shared through ${carrier.name} already; give this one another number of a database, as in redis://HOST:PORT/1`,
    );
  }
  open = true;

  const turning = carrier.turns.subscribe(async (there) => {
    if (!there) {
      log(`no connection to ${carrier.name}: followers are cut off, the town plays on; trying again`);
      open = false;
      for (const delegation of delegations.values()) void delegation.end();
      delegations.clear();
      return;
    }
    try {
      const other = await rival();
      open = other === undefined;
      log(
        open
          ? `${carrier.name} is back`
          : `another town (${other}) has taken ${carrier.name} meanwhile: followers go to that one`,
      );
    } catch {
      // Lost again; the next turn tries anew.
    }
  });
  return {
    close: async () => {
      turning.unsubscribe();
      open = false;
      unlisten();
      await Promise.all([...delegations.values()].map((delegation) => delegation.end('has ended')));
      carrier.close();
    },
  };
}
