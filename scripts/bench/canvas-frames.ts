/** What the bench of the canvas runs inside the page. */

interface Counting extends Window {
  benchFrames?: number[];
  benchRenders?: { nodes: number; edges: number };
  __REACT_DEVTOOLS_GLOBAL_HOOK__?: { onCommitFiberRoot: (id: number, root: { current: Fiber }) => void };
}

/** The part of React's tree that its own developer tools read. */
interface Fiber {
  flags: number;
  child: Fiber | null;
  sibling: Fiber | null;
  alternate: Fiber | null;
  memoizedProps: { id?: unknown; data?: object; sourceX?: unknown; positionAbsoluteX?: unknown } | null;
}

/** Keeps the time of each frame from now on. */
export function startFrames(): void {
  const page = window as Counting;
  const frames: number[] = [];
  page.benchFrames = frames;
  const note = (at: number) => {
    if (page.benchFrames !== frames) return;
    frames.push(at);
    requestAnimationFrame(note);
  };
  requestAnimationFrame(note);
}

/** @returns ms from each frame to the next since `startFrames` */
export function frameTimes(): number[] {
  const page = window as Counting;
  const frames = page.benchFrames ?? [];
  delete page.benchFrames;
  return frames.slice(1).map((at, index) => at - (frames[index] ?? at));
}

/** Before the page loads: takes the place of React's developer tools, which also the built client tells of each commit. */
export function takeReactHook(): void {
  const hook = { supportsFiber: true, inject: () => 1, onCommitFiberRoot: () => {}, onCommitFiberUnmount: () => {} };
  Object.assign(window, { __REACT_DEVTOOLS_GLOBAL_HOOK__: hook });
}

/** Counts what is rendered of nodes and connections from now on: components that React Flow gives the props of a node or an edge. */
export function startRenders(): void {
  const page = window as Counting;
  const counts = { nodes: 0, edges: 0 };
  page.benchRenders = counts;
  const performedWork = 1;
  const visit = (fiber: Fiber) => {
    const props = fiber.memoizedProps;
    const before = fiber.alternate;
    if ((fiber.flags & performedWork) !== 0 && typeof props?.id === 'string' && props.data) {
      if ('positionAbsoluteX' in props) counts.nodes += 1;
      if ('sourceX' in props) counts.edges += 1;
    }
    // A tree that was not touched is the same object as before.
    if (before && before.child === fiber.child) return;
    for (let child = fiber.child; child; child = child.sibling) visit(child);
  };
  // oxlint-disable-next-line no-underscore-dangle -- React's name
  const hook = page.__REACT_DEVTOOLS_GLOBAL_HOOK__;
  if (!hook) throw new Error('takeReactHook has to run before the page loads');
  hook.onCommitFiberRoot = (_, root) => visit(root.current);
}

export function stopRenders(): { nodes: number; edges: number } {
  const page = window as Counting;
  // oxlint-disable-next-line no-underscore-dangle -- React's name
  const hook = page.__REACT_DEVTOOLS_GLOBAL_HOOK__;
  if (hook) hook.onCommitFiberRoot = () => {};
  return page.benchRenders ?? { nodes: 0, edges: 0 };
}

export function percentile(values: number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100));
  return Number((sorted[at] ?? 0).toFixed(1));
}
