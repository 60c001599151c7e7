import { useEffect, type RefObject } from 'react';

/** Pinching zooms the drawing, also where toolbars and notes lie over it; the page would zoom away from under the fingers. */
export function useNoPageZoom(area: RefObject<HTMLElement | null>, isOn: boolean): void {
  useEffect(() => {
    const element = area.current;
    if (!element || !isOn) return undefined;
    // A pinch on a touch pad comes as a wheel with Ctrl.
    const keepPage = (event: WheelEvent) => {
      if (event.ctrlKey) event.preventDefault();
    };
    element.addEventListener('wheel', keepPage, { passive: false });
    return () => element.removeEventListener('wheel', keepPage);
  }, [area, isOn]);
}
