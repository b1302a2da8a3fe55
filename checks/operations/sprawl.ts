import { imageName } from '../../facts/images.ts';
import { defineCheck, fail, pass, review, type Verdict } from '../check.ts';
import { unreadableContainers } from '../families/each-container.ts';

export const imageSprawl = defineCheck({
  id: 'ops/image-sprawl',
  title: 'Images nobody uses are removed',
  severity: 'low',
  stride: ['D', 'E'],
  surface: 'image',
  rationale: 'Unused images fill the disk, and an old one with known flaws may be started by mistake.',
  fix: 'Remove them (docker image prune -a), or raise policy.maxUnusedImages.',
  impact: 'none',
  needs: ['images', 'containers', 'policy'],
  judge({ images: { images, unreadable }, containers, policy }) {
    const { maxUnusedImages: most } = policy;
    const expected = most === undefined ? 'few' : `at most ${most} unused`;
    const used = new Set(containers.containers.map(({ Image }) => Image));
    const all = [...images.map((image) => ({ Id: image.Id, Name: imageName(image) })), ...unreadable];
    const unused = all.filter(({ Id }) => !used.has(Id)).map(({ Name }) => Name);
    const named = unused.length > 0 ? `: ${unused.slice(0, 3).join(', ')}${unused.length > 3 ? ', …' : ''}` : '';
    const verdict = atMost(most, unused.length, {
      what: `${unused.length} of ${all.length} unused${named}`,
      policy: 'policy.maxUnusedImages',
    });
    return [
      { resource: 'images', expected, source: 'docker images, docker ps -a', ...verdict },
      // Each of them may use an image that nobody else does.
      ...unreadableContainers(containers.unreadable, expected),
    ];
  },
});

export const containerSprawl = defineCheck({
  id: 'ops/container-sprawl',
  title: 'Containers nobody uses are removed',
  severity: 'low',
  stride: ['D', 'I'],
  surface: 'container',
  rationale: 'Stopped containers take space, and what they wrote may be sensitive.',
  fix: 'Remove them (docker container prune), or raise policy.maxStoppedContainers.',
  impact: 'none',
  needs: ['containers', 'policy'],
  judge({ containers: { containers, unreadable }, policy }) {
    const { maxStoppedContainers: most } = policy;
    const expected = most === undefined ? 'few' : `at most ${most} stopped`;
    const stopped = containers.filter(({ State }) => !State.Running).length;
    const verdict = atMost(most, stopped, { what: `${stopped} of ${containers.length} stopped`, policy: 'policy.maxStoppedContainers' });
    return [{ resource: 'containers', expected, source: 'docker ps -a', ...verdict }, ...unreadableContainers(unreadable, expected)];
  },
});

/** The benchmark names no number: without one in the policy more than none is for a person to judge. */
function atMost(most: number | undefined, count: number, words: { readonly what: string; readonly policy: string }): Verdict {
  if (most === undefined && count > 0) return review(`${words.policy} says nothing (now ${words.what})`);
  return count <= (most ?? 0) ? pass(words.what) : fail(`more than ${words.policy} allows (now ${words.what})`);
}
