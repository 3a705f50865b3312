import * as echarts from "echarts/core";
import { LineChart, ScatterChart, CustomChart } from "echarts/charts";
import { TitleComponent, GridComponent, TooltipComponent, MarkAreaComponent, DataZoomInsideComponent, AriaComponent } from "echarts/components";
import { CanvasRenderer, SVGRenderer } from "echarts/renderers";
echarts.use([LineChart, ScatterChart, CustomChart, TitleComponent, GridComponent, TooltipComponent, MarkAreaComponent, DataZoomInsideComponent, AriaComponent, CanvasRenderer, SVGRenderer]);
globalThis.echarts = echarts;
