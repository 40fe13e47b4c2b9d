import { effect } from '@preact/signals';
import { z } from 'zod';
import { pointSchema } from '../protocol/runs.ts';
import { replySchema } from '../protocol/socket.ts';
import { socket } from './connection.ts';
import { beside, connection, hello, looking, notice, recalled, runOnShow, runs, status } from './store.ts';

/** Follows what somebody here wants to look at: the server shows that tick, and tells of the runs on the charts. */
export function lookBack(): void {
  effect(() => {
    void [looking.value, hello.value];
    turn();
  });
  effect(() => {
    const wanted = new Set([runOnShow.value, ...beside.value]);
    const here = recalled.value;
    if (connection.value === 'connected')
      for (const { run } of runs.value.kept)
        if (wanted.has(run) && run !== status.value?.run && !here.has(run)) recall(run);
  });
  socket.on('hello', () => {
    told = null;
    underWay = false;
  });
  // Another session of the server has other runs under the same numbers.
  let boot: string | undefined;
  effect(() => {
    const now = hello.value?.boot;
    if (boot !== undefined && now !== boot) {
      looking.value = null;
      beside.value = [];
      recalled.value = new Map();
    }
    boot = now;
  });
}

/** What the server was told last, and whether it has not answered yet: one tick is asked for at a time, always the latest. */
let told: { readonly run: number; readonly tick: number } | null = null;
let underWay = false;

function turn(): void {
  const at = looking.peek();
  if (underWay || !socket.connected || at === told) return;
  told = at;
  underWay = true;
  socket.emit('look', { at }, (payload) => {
    underWay = false;
    const reply = replySchema.safeParse(payload);
    if (reply.success && !reply.data.ok) {
      notice.value = reply.data.message;
      if (looking.peek() === at) looking.value = null;
    }
    turn();
  });
}

/** Runs that were asked for, whether their points have come or not. */
const asked = new Set<number>();

function recall(run: number): void {
  if (asked.has(run)) return;
  asked.add(run);
  socket.emit('recall', { run }, (payload, more) => {
    asked.delete(run);
    const reply = replySchema.safeParse(payload);
    const parsed = z.array(pointSchema).safeParse(more);
    if (reply.success && !reply.data.ok) {
      notice.value = reply.data.message;
      beside.value = beside.peek().filter((other) => other !== run);
    } else if (parsed.success) recalled.value = new Map(recalled.peek()).set(run, parsed.data);
  });
}
