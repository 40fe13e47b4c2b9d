import { serveParent } from '../../policies/child-process.ts';
import { type FollowOptions, follow } from './follow.ts';

/** A follower in a process of its own, which a test can kill. */
const tell = serveParent<FollowOptions, { readonly url: string }>((options) => {
  void follow(options).then(({ url }) => tell({ url }));
});
