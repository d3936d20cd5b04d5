import { ProjectPicker } from "../projects/project-picker";

/** Where work items of the other side are created. */
export function ProjectStep({ value, onChange }: { readonly value: string; readonly onChange: (project: string) => void }) {
  return (
    <ProjectPicker
      label="Select a project for the incoming sync"
      hint="Work items that come from the other side are created in this project."
      value={value}
      onChange={onChange}
      takesFocus
    />
  );
}
