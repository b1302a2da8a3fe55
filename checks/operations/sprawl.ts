import { imageName } from '../../facts/images.ts';
import { defineCheck, passIf, review } from '../check.ts';

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
  judge({ images: { images }, containers: { containers }, policy }) {
    const used = new Set(containers.map(({ Image }) => Image));
    const unused = images.filter(({ Id }) => !used.has(Id));
    const actual = `${unused.length} of ${images.length} unused${unused.length > 0 ? `: ${unused.slice(0, 3).map(imageName).join(', ')}${unused.length > 3 ? ', …' : ''}` : ''}`;
    const { maxUnusedImages: most } = policy;
    const verdict =
      most === undefined && unused.length > 0
        ? review(`${actual}; policy.maxUnusedImages says nothing`)
        : passIf(unused.length <= (most ?? 0), actual);
    return [
      {
        resource: 'images',
        expected: most === undefined ? 'few' : `at most ${most} unused`,
        source: 'docker images, docker ps -a',
        ...verdict,
      },
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
  judge({ containers: { containers }, policy }) {
    const stopped = containers.filter(({ State }) => !State.Running).length;
    const actual = `${stopped} of ${containers.length} stopped`;
    const { maxStoppedContainers: most } = policy;
    const verdict =
      most === undefined && stopped > 0
        ? review(`${actual}; policy.maxStoppedContainers says nothing`)
        : passIf(stopped <= (most ?? 0), actual);
    return [
      { resource: 'containers', expected: most === undefined ? 'few' : `at most ${most} stopped`, source: 'docker ps -a', ...verdict },
    ];
  },
});
