import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { io, type Socket } from 'socket.io-client';
import { serverCommand, startServer, withoutServer } from '../queue/server.test-support.ts';
import { ServedTown } from './served-town.ts';

const VIEWERS = 50;
const TICKS_PER_SECOND = 10;
const TICKS = 50;

/**
 * What viewers cost the process that plays a town: CPU of its ticks with nobody there, with viewers of its own, and with as
 * many at a process that follows it.
 * @param sizes agents; default 10,000 and 100,000
 */
export async function viewers(...sizes: number[]): Promise<void> {
  if (!serverCommand) throw new Error(withoutServer);
  await using server = await startServer();
  const workspace = await mkdtemp(join(tmpdir(), 'bench-viewers-'));
  console.log(
    `\nCPU of a tick, ${TICKS} ticks at ${TICKS_PER_SECOND} a second, ${VIEWERS} viewers that only watch; what they get, of ${TICKS} pictures each`,
  );
  try {
    for (const agents of sizes.length > 0 ? sizes : [10_000, 100_000])
      for (const where of ['nobody', 'direct', 'follower'] as const)
        console.log(
          `  ${agents.toLocaleString('en-GB').padStart(9)} agents, ${await watched(workspace, server.url, agents, where)}`,
        );
    console.log(`  the server that carries it held ${await peakOf(server.url)} at most`);
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}

async function watched(
  workspace: string,
  server: string,
  agents: number,
  where: 'nobody' | 'direct' | 'follower',
): Promise<string> {
  await using town = await ServedTown.open(workspace, agents, where === 'follower' ? server : undefined);
  await using follower = where === 'follower' ? await ServedTown.follow(server) : undefined;
  const token = new URLSearchParams(new URL(town.url).hash.slice(1)).get('token')!;
  let [pictures, bytes] = [0, 0];
  const join = (url: string, auth: { token?: string }): Socket => {
    const socket = io(new URL(url).origin, { path: '/socket', transports: ['websocket'], forceNew: true, auth });
    socket.on('workshop', (_, acknowledge) => acknowledge());
    socket.on('update', (_, frame, acknowledge) => {
      if (frame) {
        pictures++;
        bytes += frame.byteLength;
      }
      acknowledge();
    });
    return socket;
  };
  const master = join(town.url, { token });
  const seats = where === 'nobody' ? [] : Array.from({ length: VIEWERS }, () => join((follower ?? town).url, {}));
  try {
    while ((await town.health()).viewers < seats.length + 1) await setTimeout(50);
    await master.emitWithAck('command', { do: 'compare', on: false });
    await master.emitWithAck('command', { do: 'speed', ticksPerSecond: TICKS_PER_SECOND });
    await setTimeout(1000);
    const before = await Promise.all([town.usage(), follower?.usage()]);
    [pictures, bytes] = [0, 0];
    await master.emitWithAck('command', { do: 'play' });
    while ((await town.health()).tick < TICKS) await setTimeout(20);
    await master.emitWithAck('command', { do: 'pause' });
    const after = await Promise.all([town.usage(), follower?.usage()]);
    const { tick } = await town.health();
    const ms = (i: 0 | 1) => (((after[i]?.cpuMs ?? 0) - (before[i]?.cpuMs ?? 0)) / tick).toFixed(1);
    const who = { nobody: 'one viewer', direct: `and ${VIEWERS} more`, follower: `and ${VIEWERS} at a follower` }[
      where
    ];
    return `${who}: ${ms(0)} ms the town${follower ? `, ${ms(1)} ms the follower` : ''}; ${Math.round(pictures / (seats.length + 1))} pictures, ${(bytes / 1e6 / tick).toFixed(2)} MB a tick`;
  } finally {
    for (const socket of [master, ...seats]) socket.disconnect();
  }
}

/** The most memory that a Redis server has used. */
async function peakOf(url: string): Promise<string> {
  const server = new Redis(url);
  try {
    return /^used_memory_peak_human:(\S+)/m.exec(await server.info('memory'))![1]!;
  } finally {
    server.disconnect();
  }
}
