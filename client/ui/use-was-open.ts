import { useState } from 'react';

/** Whether a dialog has been open: from then on it stays in the page, so that its closing is seen. Before, its code need not be loaded. */
export function useWasOpen(isOpen: boolean): boolean {
  const [wasOpen, setWasOpen] = useState(isOpen);
  if (isOpen && !wasOpen) setWasOpen(true);
  return wasOpen || isOpen;
}
