import { Tabs as Base } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';

export interface Tab<Value extends string = string> {
  value: Value;
  label: ReactNode;
  /** Only the panel of the shown tab is mounted. */
  panel: ReactNode;
}

export interface TabsProps<Value extends string = string> {
  value: Value;
  onChange: (value: Value) => void;
  tabs: Tab<Value>[];
  /** Names the row of tabs. */
  label?: string;
  className?: string;
  panelClassName?: string;
}

export function Tabs<Value extends string = string>({ value, onChange, tabs, label, className, panelClassName }: TabsProps<Value>) {
  return (
    <Base.Root value={value} onValueChange={(next: Value) => onChange(next)} className={classNames('flex min-h-0 flex-col', className)}>
      <Base.List aria-label={label} className="border-line relative flex shrink-0 gap-4 overflow-x-auto border-b px-4">
        {tabs.map((tab) => (
          <Base.Tab
            key={tab.value}
            value={tab.value}
            className="text-ink-soft data-[active]:text-ink hover:text-ink flex h-9 items-center gap-1.5 text-sm font-medium whitespace-nowrap outline-offset-[-2px] select-none"
          >
            {tab.label}
          </Base.Tab>
        ))}
        <Base.Indicator className="bg-accent absolute bottom-0 left-0 h-0.5 w-(--active-tab-width) translate-x-(--active-tab-left) transition-[translate,width] duration-150" />
      </Base.List>
      {tabs.map((tab) => (
        <Base.Panel key={tab.value} value={tab.value} className={classNames('min-h-0 flex-1 outline-offset-[-2px]', panelClassName)}>
          {tab.panel}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
