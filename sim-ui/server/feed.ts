import { asyncScheduler, type Observable, type Subscription, throttleTime } from 'rxjs';

/** At most this many messages are on their way to a viewer. */
export const WINDOW = 2;

/** Changes that come closer together than this are sent together: a screen shows no more. */
const INTERVAL_MS = 30;

/**
 * Tells one viewer what has changed, at the pace at which it acknowledges. While the window is full nothing is
 * composed and nothing is queued: when an acknowledgement comes, one message says how things are by then. So a slow
 * viewer sees fewer and always fresh pictures, and costs neither the run nor anybody else, nor any memory.
 * @param compose what to say now, or undefined if there is nothing new
 * @param deliver resolves when the viewer has acknowledged
 */
export function feed<T>(
  changes: Observable<unknown>,
  compose: () => T | undefined,
  deliver: (message: T) => Promise<void>,
  window = WINDOW,
): Subscription {
  let underWay = 0;
  let stale = false;
  const tell = () => {
    if (!stale || underWay >= window) return;
    stale = false;
    const message = compose();
    if (message === undefined) return;
    underWay++;
    deliver(message).then(() => {
      underWay--;
      if (!subscription.closed) tell();
    });
  };
  const subscription = changes
    .pipe(throttleTime(INTERVAL_MS, asyncScheduler, { leading: true, trailing: true }))
    .subscribe(() => {
      stale = true;
      tell();
    });
  return subscription;
}
