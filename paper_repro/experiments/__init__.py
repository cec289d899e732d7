"""The paper's runs: Table 1's grid, the benchmark, the classes of Venus' clouds; and any folder of images."""
