import { serveParent } from '../../policies/child-process.ts';
import { Player } from './player.ts';
import type { FromPlayer, ToPlayer } from './pool.ts';

/** The other end of a pool: plays what it is sent, one run after the other, until its parent ends it. */
let player: Player | undefined;
let last: Promise<void> = Promise.resolve();
const send = serveParent<ToPlayer, FromPlayer>((message) => {
  if ('shared' in message) {
    player = new Player(message.shared, message.tells ? { log: (line) => send({ log: line }) } : {});
    send({ ready: true });
  } else last = last.then(() => playAll(message.runs));
});

async function playAll(runs: Extract<ToPlayer, { readonly runs: unknown }>['runs']): Promise<void> {
  for (const { arm, seed } of runs) send({ end: await player!.play(arm, seed) });
}
