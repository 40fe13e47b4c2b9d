import type { Hello } from '../protocol/hello.ts';
import type { Reply, ViewerToServer } from '../protocol/socket.ts';
import { feed, WINDOW } from './feed.ts';
import { type Asker, answer } from './requests.ts';
import { greeting, type Town } from './town.ts';
import type { ViewerSession } from './viewer-session.ts';

/** How somebody who watches is told what happens. */
export interface Telegraph<T> {
  /** Another world is on the stage, or the first. */
  readonly hello: (hello: Hello) => void;
  /** What to say now of what the session has; undefined if that is nothing. */
  readonly compose: (session: ViewerSession) => T | undefined;
  /** Resolves when it has arrived and was taken in. */
  readonly deliver: (message: T) => Promise<void>;
  /** Messages on their way at most. */
  readonly window?: number;
  /** How many look through its eyes; default: one. */
  readonly viewers?: () => number;
}

export interface Attendance {
  /** What somebody asks is answered, with what came of it. */
  ask(event: keyof ViewerToServer, payload: unknown): Promise<[Reply, unknown?]>;
  leave(): void;
}

/** Somebody watches the stage of the moment, and the one that takes its place, until it leaves. */
export function attend<T>(town: Town, control: boolean, to: Telegraph<T>): Attendance {
  const { theatre } = town;
  const watch = () => {
    const { stage } = theatre;
    const session = stage.enter(control, to.viewers);
    to.hello(greeting(town, control));
    const telling = feed(stage.changes, () => to.compose(session), to.deliver, to.window ?? WINDOW);
    const leave = () => {
      telling.unsubscribe();
      stage.leave(session);
    };
    return { session, leave };
  };
  let watching = watch();
  const following = theatre.replaced.subscribe(() => {
    watching.leave();
    watching = watch();
    theatre.stage.announce();
  });
  const asker: Asker = {
    ...{ town, control, reading: false },
    get session() {
      return watching.session;
    },
  };
  if (control) town.begin();
  theatre.stage.announce();
  return {
    ask: (event, payload) => answer(asker, event, payload),
    leave: () => {
      following.unsubscribe();
      watching.leave();
    },
  };
}
