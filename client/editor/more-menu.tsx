import { EllipsisVertical } from 'lucide-react';
import { useRef, useState } from 'react';
import type { Position } from '../../shared/flow.ts';
import { IconButton } from '../ui/icon-button.tsx';
import { CommandMenu } from './command-menu.tsx';

/** What can be done with a node, from its properties. */
export function MoreMenu({ nodeId }: { nodeId: string }) {
  const [at, setAt] = useState<Position | null>(null);
  const [isOpen, setIsOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <>
      <IconButton
        ref={button}
        size="sm"
        label="More"
        icon={<EllipsisVertical size={16} aria-hidden />}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={(event) => {
          const { left, bottom } = event.currentTarget.getBoundingClientRect();
          setAt({ x: left, y: bottom + 2 });
          setIsOpen(true);
        }}
      />
      {at && (
        <CommandMenu
          at={at}
          subjects={[{ target: { kind: 'nodes', ids: [nodeId] }, without: 'go.properties' }]}
          isOpen={isOpen}
          onOpenChange={setIsOpen}
          finalFocus={button}
        />
      )}
    </>
  );
}
