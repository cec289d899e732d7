"use strict";
// The filter of the table of all claims.
(() => {
  const rows = [...document.querySelectorAll("#all-claims tbody tr")];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const boxes = [...document.querySelectorAll(".by-verdict")];
  const where = document.getElementById("by-section"), words = document.getElementById("by-words");
  const filter = () => {
    const verdicts = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, index) => {
      const fits = verdicts.has(row.dataset.verdict) && (!where.value || row.dataset.section === where.value) &&
        wanted.every((word) => texts[index].includes(word));
      row.hidden = !fits;
      shown += fits;
    });
    document.getElementById("claims-shown").textContent = `${shown} of ${rows.length} claims`;
  };
  boxes.forEach((box) => box.addEventListener("change", filter));
  where.addEventListener("change", filter);
  words.addEventListener("input", filter);
  filter(); // browsers keep what was typed before a reload
})();
