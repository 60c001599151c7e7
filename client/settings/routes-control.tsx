import { ArrowDown, ArrowUp, Plus, X } from 'lucide-react';
import { useId, useRef } from 'react';
import { Button } from '../ui/button.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { TextInput } from '../ui/text-input.tsx';
import { ConditionGroupRows } from './condition-group.tsx';
import type { ControlProps } from './field-control.tsx';
import { newCondition, typedRoutes, type TypedRoute } from './typed-conditions.ts';

/** The routes of a Router, in the order in which they are tried. */
export function RoutesControl({ typed, ids, labelId, onChange }: ControlProps) {
  const routes = typedRoutes.parse(typed ?? []);
  const list = useRef<HTMLFieldSetElement>(null);

  const move = (index: number, by: -1 | 1) => {
    const moved = [...routes];
    const [route] = moved.splice(index, 1);
    if (route) moved.splice(index + by, 0, route);
    onChange(moved);
    // The keyboard stays with the route that it moves.
    requestAnimationFrame(() => list.current?.querySelectorAll<HTMLElement>(`[data-move="${by}"]`)[index + by]?.focus());
  };

  return (
    <fieldset ref={list} aria-labelledby={labelId} aria-describedby={ids['aria-describedby']} className="flex min-w-0 flex-col gap-3">
      {routes.map((route, index) => (
        <RouteCard
          key={route.port}
          route={route}
          number={index + 1}
          isLast={index === routes.length - 1}
          ids={ids}
          onChange={(changed) => onChange(routes.map((other, at) => (at === index ? changed : other)))}
          onMove={(by) => move(index, by)}
          onRemove={() => onChange(routes.filter((_, at) => at !== index))}
        />
      ))}
      <Button
        size="sm"
        className="self-start"
        icon={<Plus size={13} aria-hidden />}
        onClick={() => onChange([...routes, newRoute(routes)])}
      >
        Add route
      </Button>
    </fieldset>
  );
}

function RouteCard({
  route,
  number,
  isLast,
  ids,
  onChange,
  onMove,
  onRemove,
}: {
  route: TypedRoute;
  number: number;
  isLast: boolean;
  ids: ControlProps['ids'];
  onChange: (route: TypedRoute) => void;
  onMove: (by: -1 | 1) => void;
  onRemove: () => void;
}) {
  const labelId = useId();
  const name = route.name || `route ${number}`;
  return (
    <fieldset aria-labelledby={labelId} className="border-line flex min-w-0 flex-col gap-2 rounded-md border p-2">
      <div className="flex items-center gap-1">
        <span id={labelId} className="text-ink-faint tabular w-5 shrink-0 text-xs">
          {number}.<span className="sr-only"> {name}</span>
        </span>
        <TextInput
          aria-label={`Name of route ${number}`}
          placeholder="Name of the route"
          value={route.name}
          maxLength={60}
          onChange={(text) => onChange({ ...route, name: text })}
          className="min-w-0 flex-1"
        />
        <IconButton
          size="sm"
          label={`Try ${name} earlier`}
          data-move="-1"
          icon={<ArrowUp size={14} aria-hidden />}
          aria-disabled={number === 1}
          onClick={() => number > 1 && onMove(-1)}
        />
        <IconButton
          size="sm"
          label={`Try ${name} later`}
          data-move="1"
          icon={<ArrowDown size={14} aria-hidden />}
          aria-disabled={isLast}
          onClick={() => !isLast && onMove(1)}
        />
        <IconButton size="sm" label={`Remove ${name}`} icon={<X size={14} aria-hidden />} onClick={onRemove} />
      </div>
      <ConditionGroupRows group={route} name={name} ids={{ ...ids, 'aria-describedby': undefined }} labelId={labelId} onChange={onChange} />
    </fieldset>
  );
}

/** Its output is named once and for all: connections hang on it. */
function newRoute(routes: TypedRoute[]): TypedRoute {
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  const names = new Set(routes.map(({ name }) => name));
  let number = routes.length + 1;
  while (names.has(`Route ${number}`)) number += 1;
  return { port: `r${random.toString(36)}`, name: `Route ${number}`, match: 'all', conditions: [newCondition] };
}
