// Comfort on top of pages that work without it: the drop zone, the list of chosen files, live progress.
"use strict";

function chooseFiles(form) {
  const input = form.querySelector("input[type=file]");
  const zone = form.querySelector("#drop");
  const list = form.querySelector("#files-chosen");
  const show = () => {
    const files = [...input.files];
    const size = files.reduce((sum, file) => sum + file.size, 0);
    list.replaceChildren(...files.map((file) => {
      const item = document.createElement("li");
      item.textContent = `${file.name} (${Math.max(1, Math.round(file.size / 1000)).toLocaleString(document.documentElement.lang)} kB)`;
      return item;
    }));
    input.setCustomValidity(size > Number(form.dataset.most) ? form.dataset.tooLarge : "");
    if (input.validationMessage) input.reportValidity();
  };
  input.addEventListener("change", show);
  for (const name of ["dragenter", "dragover"]) {
    zone.addEventListener(name, (event) => { event.preventDefault(); zone.classList.add("over"); });
  }
  for (const name of ["dragleave", "drop"]) {
    zone.addEventListener(name, (event) => { event.preventDefault(); zone.classList.remove("over"); });
  }
  zone.addEventListener("drop", (event) => {
    if (event.dataTransfer.files.length) { input.files = event.dataTransfer.files; show(); }
  });
  form.addEventListener("submit", () => {
    const button = form.querySelector("button.main");
    button.disabled = true;
    button.textContent = form.dataset.sending;
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) window.location.reload(); });
}

function followProgress(box) {
  const source = new EventSource(box.dataset.events);
  source.addEventListener("stage", (event) => {
    const told = JSON.parse(event.data);
    document.getElementById("now").textContent = told.now;
    for (const item of box.querySelectorAll("[data-stage]")) {
      const stage = told.stages.find((one) => one.key === item.dataset.stage);
      if (stage) {
        item.className = stage.state;
        item.querySelector(".hidden").textContent = ` ${stage.said}`;
      }
    }
  });
  source.addEventListener("over", () => { source.close(); window.location.reload(); });
}

const upload = document.getElementById("upload");
if (upload) chooseFiles(upload);
const progress = document.getElementById("progress");
if (progress) followProgress(progress);
