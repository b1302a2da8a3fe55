import { expect, test, vi } from 'vitest';
import { showProgress } from '../../agent/progress.ts';

test('what an audit waits for stays in one line of the terminal, and goes', () => {
  vi.useFakeTimers();
  try {
    const said: string[] = [];
    const progress = showProgress({ width: 40, say: (text) => void said.push(text) });
    for (const fact of ['containers', 'images', 'processes', 'audit', 'daemon']) progress.started(fact);
    vi.advanceTimersByTime(900);
    expect(said).toEqual([]);
    vi.advanceTimersByTime(200);
    progress.clear();
    expect(said).toEqual(['\r\u001b[Kcollecting containers, images, proces …', '\r\u001b[K']);
    expect((said[0] ?? '').length - 4).toBeLessThan(40);
  } finally {
    vi.useRealTimers();
  }
});
