import { classNames } from '../ui/class-names.ts';
import { toneText } from '../ui/tone.ts';
import { CatalogIcon } from './catalog-icon.tsx';
import type { NodeMark } from './marks.ts';

/** What marks say of a node, above its lower edge. */
export function MarkBadges({ mark }: { mark: NodeMark | undefined }) {
  if (!mark) return null;
  return (
    <span className="absolute top-full right-3 z-1 -mt-2.5 flex gap-1">
      {mark.badges?.map(({ icon, text, tone }) => (
        <span
          key={text}
          className={classNames(
            'bg-surface border-line-strong tabular flex h-5 items-center gap-1 rounded-full border px-1.5 text-[11px] shadow-sm',
            toneText[tone],
          )}
        >
          <CatalogIcon name={icon} size={12} />
          {text}
        </span>
      ))}
      {mark.spoken && <span className="sr-only">{mark.spoken}</span>}
    </span>
  );
}
