import { effect } from '@preact/signals';
import { command, inspect } from './connection.ts';
import { alongsideWanted, offeredTwin, twin } from './contrast.ts';
import {
  actions,
  colouring,
  connection,
  control,
  deadLink,
  hello,
  looking,
  runOnShow,
  runs,
  selected,
  status,
} from './store.ts';
import { camera, within } from './town/camera.ts';

/** A link is written this long after the last change: browsers refuse more than some 200 changes in half a minute. */
const SETTLED_MS = 250;

/** One thing that a link holds, under its name in the hash. */
interface Held {
  /** undefined if it goes without saying. */
  readonly read: () => string | undefined;
  /** undefined if the link says nothing of it. */
  readonly write: (text: string | undefined) => void;
}

/** What a link holds beside the run and the tick. */
const held: Readonly<Record<string, Held>> = {
  agent: {
    read: () => (selected.value === null ? undefined : String(selected.value)),
    write: (text) => {
      const agent = Number(text);
      if (text !== undefined && Number.isInteger(agent) && agent >= 0 && agent < (hello.peek()?.agents ?? 0))
        inspect(agent);
    },
  },
  colour: {
    read: () => {
      const { value } = colouring;
      if (value.by === 'probability') return `p:${actions.value[value.action]?.name}`;
      if (value.by === 'distance') return 'distance';
      if (value.by === 'trait') return `trait:${hello.value?.scenario.traits[value.trait]}`;
      return undefined;
    },
    write: (text = '') => {
      const [, by, name] = /^(p|trait):(.*)$/s.exec(text) ?? [];
      if (text === 'distance') colouring.value = { by: 'distance' };
      const { scenario } = hello.peek()!;
      const action = scenario.actions.findIndex((candidate) => candidate.name === name);
      const trait = scenario.traits.indexOf(name ?? '');
      if (by === 'p' && action >= 0) colouring.value = { by: 'probability', action };
      if (by === 'trait' && trait >= 0) colouring.value = { by: 'trait', trait };
    },
  },
  // Who lives the run beside it, and since which tick: the server plays those ticks again.
  beside: {
    read: () => (twin.value ? `${twin.value.since},${twin.value.policy}` : undefined),
    write: (text) => {
      const [, since, policy] = /^(\d+),(.+)$/s.exec(text ?? '') ?? [];
      const now = twin.peek();
      if (policy === undefined || (now?.policy === policy && now.since === Number(since))) return;
      if (connection.peek() !== 'connected' || runOnShow.peek() !== status.peek()?.run) return;
      if (!control.peek())
        deadLink.value = `The town beside, under ${policy}, is for those who have the token: this is the run alone.`;
      // A language model costs time or money: it is asked when somebody says so.
      else if (status.peek()?.policies.some(({ name, role }) => name === policy && role === 'teacher'))
        offeredTwin.value = { policy, since: Number(since) };
      else command({ do: 'split', policy, since: Number(since) });
    },
  },
  alongside: {
    read: () => (alongsideWanted.value === null ? undefined : String(alongsideWanted.value + 1)),
    write: (text) => {
      const run = Number(text) - 1;
      if (text !== undefined && runs.peek().kept.some((kept) => kept.run === run && kept.ticks > 0))
        alongsideWanted.value = run;
    },
  },
  camera: {
    read: () => {
      const { x, y, zoom, follow } = camera.value;
      return zoom === 1 && !follow
        ? undefined
        : [x, y, zoom].map((v) => v.toFixed(3)).join() + (follow ? ',follow' : '');
    },
    write: (text) => {
      const [x, y, zoom, follow] = text?.split(',') ?? [];
      if (zoom !== undefined)
        camera.value = within({ x: Number(x), y: Number(y), zoom: Number(zoom), follow: follow === 'follow' });
    },
  },
};

/** The page's address with what is on show, and without the token that it may carry. */
export function link(): string {
  const parameters = onShow();
  const { origin, pathname, protocol, href } = location;
  const page = protocol === 'file:' ? href.replace(/#.*/s, '') : `${origin}${pathname}`;
  return `${page}${parameters.size > 0 ? `#${parameters}` : ''}`;
}

function onShow(): URLSearchParams {
  const parameters = new URLSearchParams();
  if (hello.value && status.value) {
    if (connection.value !== 'recording') {
      parameters.set('session', hello.value.boot);
      parameters.set('run', String(runOnShow.value + 1));
    }
    if (looking.value) parameters.set('tick', String(looking.value.tick));
  }
  for (const [name, { read }] of Object.entries(held)) {
    const text = read();
    if (text !== undefined) parameters.set(name, text);
  }
  return parameters;
}

/** Keeps the page's address up to date with what is on show, and shows what a link that is opened holds. */
export function followLinks(): void {
  // What the address says when the page opens, or when somebody changes it, waits for a world to show it in.
  let waiting: URLSearchParams | undefined = said();
  // The address as it was read or written last: one that differs is somebody's, and its event is still to come.
  let known = location.hash;
  addEventListener('hashchange', () => {
    known = location.hash;
    waiting = said();
    show();
  });
  const show = () => {
    const parameters = waiting;
    if (!parameters || !hello.peek() || runs.peek().kept.length === 0) return;
    waiting = undefined;
    turnTo(parameters);
    for (const [name, { write }] of Object.entries(held)) write(parameters.get(name) ?? undefined);
  };
  effect(() => {
    void [hello.value, runs.value];
    show();
  });
  let timer = 0;
  effect(() => {
    const parameters = onShow();
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      if (waiting || !hello.peek() || location.hash !== known) return;
      const token = said().get('token');
      if (token !== null) parameters.set('token', token);
      history.replaceState(history.state, '', parameters.size > 0 ? `#${parameters}` : location.pathname);
      known = location.hash;
    }, SETTLED_MS);
  });
}

const said = () => new URLSearchParams(location.hash.slice(1));

/** Turns to the run and the tick of a link, or says why it cannot. */
function turnTo(parameters: URLSearchParams): void {
  const [run, tick] = [parameters.get('run'), parameters.get('tick')];
  deadLink.value = undefined;
  const recording = connection.peek() === 'recording';
  if (!recording && run === null) return;
  const number = recording ? runOnShow.peek() : Number(run) - 1;
  const info = runs.peek().kept.find((kept) => kept.run === number);
  if (!recording && parameters.get('session') !== hello.peek()!.boot)
    deadLink.value = `Run ${run} of this link is gone: the server has been started anew since. This is the run of now.`;
  else if (!info)
    deadLink.value = `Run ${run} of this link is gone: the server keeps the latest runs. This is the run of now.`;
  else if (tick !== null || number !== status.peek()?.run) {
    const present = number === status.peek()?.run;
    const last = (present ? status.peek()!.ticks : info.ticks) - 1;
    const at = tick === null ? last : Math.min(Math.max(0, Math.trunc(Number(tick)) || 0), last);
    if (last >= 0) looking.value = { run: number, tick: at };
  }
}
