import { connection, looking, noPicture, pointsOf, runOnShow, status } from './store.ts';
import { Picture } from './town-picture.ts';

/** Ticks of a video, and how many go by in a second. */
const TICKS = 60;
const PER_SECOND = 6;
const FRAMES_PER_SECOND = 30;

/** Containers and codecs, the better ones first. */
const TYPES = ['video/webm;codecs=vp9', 'video/webm;codecs=vp8', 'video/webm', 'video/mp4'];

export interface Video {
  readonly blob: Blob;
  readonly extension: string;
  readonly ticks: number;
}

/**
 * Plays the past back and films it: up to 60 ticks from the one on show, or the last 60 if the present is on show.
 * @param say called with how far it is
 * @throws if this browser records no video, or there is nothing to film
 */
export async function recordVideo(signal: AbortSignal, say: (words: string) => void): Promise<Video> {
  const type = typeof MediaRecorder === 'undefined' ? undefined : TYPES.find((t) => MediaRecorder.isTypeSupported(t));
  if (!type || !('captureStream' in HTMLCanvasElement.prototype))
    throw new Error('This browser records no video (it has no MediaRecorder for a canvas). Save a PNG instead.');
  if (noPicture.peek()) throw new Error('There is no picture of the town in this browser.');
  const run = runOnShow.peek();
  const ticks = pointsOf(run).length;
  if (ticks === 0) throw new Error('No tick was played yet.');
  const before = looking.peek();
  const first = before && before.tick < ticks - 1 ? before.tick : Math.max(0, ticks - TICKS);
  const last = Math.min(ticks, first + TICKS) - 1;

  await arrive(run, first, signal);
  const picture = await Picture.take();
  const recorder = new MediaRecorder(picture.canvas.captureStream(FRAMES_PER_SECOND), {
    mimeType: type,
    videoBitsPerSecond: 4_000_000,
  });
  const parts: Blob[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.onstop = () => resolve();
    recorder.onerror = () => reject(new Error('This browser gave up recording the video.'));
  });
  recorder.start();
  let tick = first;
  try {
    for (; tick <= last && !signal.aborted; tick++) {
      say(`Recording: tick ${tick - first + 1} of ${last - first + 1}`);
      await arrive(run, tick, signal);
      const until = performance.now() + 1000 / PER_SECOND;
      do await picture.draw();
      while (performance.now() < until);
    }
  } finally {
    recorder.stop();
    looking.value = before;
  }
  await ended;
  const blob = new Blob(parts, { type });
  if (blob.size === 0) throw new Error('This browser recorded an empty video.');
  return { blob, extension: type.startsWith('video/mp4') ? 'mp4' : 'webm', ticks: tick - first };
}

/** Looks at a tick, and waits until it is on show. */
async function arrive(run: number, tick: number, signal: AbortSignal): Promise<void> {
  looking.value = { run, tick };
  for (;;) {
    const { past, tick: shown } = status.peek()!;
    if (signal.aborted || (past?.run === run && shown === tick)) return;
    if (looking.peek()?.tick !== tick) throw new Error('Something else was looked at meanwhile.');
    if (!['connected', 'recording'].includes(connection.peek())) throw new Error('The connection was lost.');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
