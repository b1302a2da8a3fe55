/**
 * What the page can do where scripts run: filter, open and close, print what is folded. Without them everything can be read.
 * The functions are written into the page as text, so each stands for itself: no imports, nothing from outside but the others.
 */

/** The script of the page. */
export function scriptText(): string {
  const parts = [filterFindings, openTargets, unfoldForPrint].map((part) => `(${part})();\n`);
  return parts.join('').replace(/^\s+/gm, '');
}

function filterFindings(): void {
  const form = document.querySelector<HTMLFormElement>('#filter');
  if (form === null) return;
  const findings = [...document.querySelectorAll<HTMLDetailsElement>('.finding')];
  const groups = [...document.querySelectorAll<HTMLElement>('.group')];
  const texts = new Map<HTMLElement, string>();
  const textOf = (finding: HTMLElement): string => {
    const text = texts.get(finding) ?? (finding.textContent ?? '').toLowerCase();
    texts.set(finding, text);
    return text;
  };
  const chosen = (name: string): string => String(new FormData(form).get(name) ?? '');
  const apply = (): void => {
    const words = chosen('text').toLowerCase().split(/\s+/);
    const wanted = ['state', 'section', 'severity'].map((name) => [name, chosen(name)] as const).filter(([, value]) => value !== '');
    let shown = 0;
    for (const finding of findings) {
      const fits =
        wanted.every(([name, value]) => finding.dataset[name] === value) &&
        words.every((word) => word === '' || textOf(finding).includes(word));
      if (finding.hidden === fits) finding.hidden = !fits;
      if (fits) shown += 1;
    }
    for (const group of groups) {
      const { length } = group.querySelectorAll('.finding:not([hidden])');
      group.hidden = length === 0;
      const heading = group.querySelector('h3 .quiet');
      if (heading !== null) heading.textContent = `${length}`;
    }
    const count = form.querySelector('#shown');
    if (count !== null) count.textContent = `${shown} of ${findings.length} checks`;
    const nothing = document.querySelector<HTMLElement>('#nothing');
    if (nothing !== null) nothing.hidden = shown > 0;
  };
  form.addEventListener('input', apply);
  form.addEventListener('reset', () => setTimeout(apply));
  form.addEventListener('submit', (event) => event.preventDefault());
  form.querySelector('#unfold')?.addEventListener('click', ({ currentTarget }) => {
    const shown = findings.filter(({ hidden }) => !hidden);
    const open = shown.some((finding) => !finding.open);
    for (const finding of shown) finding.open = open;
    if (currentTarget instanceof HTMLElement) currentTarget.textContent = open ? 'Close all' : 'Open all';
  });
  form.hidden = false;
  apply();
}

/** A link into a folded or filtered place opens it. */
function openTargets(): void {
  const open = (): void => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!(target instanceof HTMLDetailsElement)) return;
    if (target.hidden) document.querySelector<HTMLFormElement>('#filter')?.reset();
    target.hidden = false;
    target.open = true;
    setTimeout(() => {
      target.scrollIntoView();
      target.querySelector('summary')?.focus({ preventScroll: true });
    });
  };
  addEventListener('hashchange', open);
  open();
}

/** Paper cannot be unfolded. */
function unfoldForPrint(): void {
  let closed: HTMLDetailsElement[] = [];
  addEventListener('beforeprint', () => {
    closed = [...document.querySelectorAll<HTMLDetailsElement>('details:not([open])')];
    for (const each of closed) each.open = true;
  });
  addEventListener('afterprint', () => {
    for (const each of closed) each.open = false;
  });
}
