# Huoshui. `make help` lists what there is; every target sets up what it needs.
.PHONY: help demo test lint bench soak hunt docs clean
.DEFAULT_GOAL := help
DEMO_DIR ?= .demo
# The gate runs the same cases for everybody, so a change is judged by what it changed; `make hunt` looks for new ones.
export PROPTEST_RNG_SEED ?= 20250930
HUNTS ?= 20
HUOSHUI = cargo run --release --quiet -p huoshui-cli --bin huoshui --

help: ## 列出目标 / list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)$$/  make \1\t\2/' | expand -t 20

demo: ## 安装所需并运行主流程 / set up and run the main job: a city in, the regulator's report out
	@scripts/setup build
	cargo build --release -p huoshui-cli
	$(HUOSHUI) demo --data $(DEMO_DIR)

test: ## 安装所需并运行全部测试 / set up and run every test
	@scripts/setup test
	$(MAKE) --no-print-directory lint
	cargo test --workspace --no-fail-fast

lint: ## 格式与静态检查 / formatting and lints, warnings denied
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

bench: ## 运行基准并写 docs/benchmarks.md / run the benchmarks and write docs/benchmarks.md
	@scripts/setup test
	cargo build --release -p huoshui-cli
	$(HUOSHUI) bench --write docs/benchmarks.md

soak: ## 每种存储强杀 200 次，全尺寸城市与长时间比对 / kill the writer 200 times on each store; full cities, long comparisons
	@scripts/setup test
	HUOSHUI_SOAK_KILLS=200 cargo test --release -p huoshui-journal --test kills -- --nocapture
	cargo test --release -p huoshui-city -- --ignored
	cargo test --release -p huoshui-engines -- --ignored

hunt: ## 以新的随机种子反复运行性质测试与模糊测试 / property tests and the fuzz, again and again with fresh seeds
	@scripts/setup test
	@scripts/hunt $(HUNTS)

docs: ## 重新生成文档 / regenerate the generated documents
	HUOSHUI_REGENERATE=1 cargo test -p huoshui-tidy
	HUOSHUI_REGENERATE=1 cargo test -p huoshui-cli --bin huoshui
	cargo run --quiet -p huoshui-cli --bin huoshui -- openapi > docs/openapi.json.new && mv docs/openapi.json.new docs/openapi.json

clean: ## 删除演示数据 / remove the demo's data (never your own)
	rm -rf -- $(DEMO_DIR)
